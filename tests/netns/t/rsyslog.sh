# The real rsyslogd, with the files of contrib, has every line of a daemon in its chroot, taken
# apart. While it is away, lines that it does not get are counted, all of them; those behind its
# restart arrive again.
# rows: -
# needs: rsyslogd
# timeout: 120
FAMILY=4 G1=239.1.1.1
downstream_new 1 h1
mkdir "$LAB/jail" "$LAB/rsyslog"
dev_new
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"
for file in rsyslog/mcast-proxy.conf liblognorm/mcast-proxy.rulebase; do
	sed "s|/etc/rsyslog.d|$LAB/rsyslog|; s|/var/log/mcast-proxy.json|$LAB/said.json|" "$LAB_DIR/../../contrib/$file" >"$LAB/rsyslog/${file#*/}"
done
cat >"$LAB/rsyslog/main" <<END
global(workDirectory="$LAB/rsyslog")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="/dev/log")
include(file="$LAB/rsyslog/mcast-proxy.conf")
END
listen() {
	rsyslogd -n -f "$LAB/rsyslog/main" -i "$LAB/rsyslog/pid" >"$LAB/rsyslog/words" 2>&1 &
	rsyslogd=$!
	expect_within 10 "rsyslogd" [ -S /dev/log ]
}
end() {
	kill $rsyslogd
	wait $rsyslogd || true
	rm -f /dev/log
}
# said EXPRESSION: how many lines are so, each an object `s` with the members of the line
said() { python3 -c '
import json, sys
said = [json.loads(l) for l in open(sys.argv[1])]
print(sum(1 for l in said for s in [l["said"]] if eval(sys.argv[2])))' "$LAB/said.json" "$1"; }
has_said() { [ -f "$LAB/said.json" ] && [ "$(said "$1")" -ge 1 ]; }

listen
CONF_CHROOT="\"$LAB/jail\"" conf 'query-interval 2' 'query-response-interval 1' "$(links 1)"
in_ns proxy "$DAEMON" -v -f "$LAB/conf" -p "$LAB/run/new/pid"
pid=$(cat "$LAB/run/new/pid")
expect_within 5 "its first word" has_said "s.get('event') == 'start'"
join h1 "$G1"
expect_within 5 "a group" has_said "(s.get('event'), s.get('family'), s.get('interface'), s.get('group')) == ('group_join', 'ipv4', 'down1', '$G1')"
kill -USR1 "$pid"
expect_within 5 "a summary" has_said "s.get('event') == 'summary' and s.get('family') == 'ipv6'"
expect "all of it taken apart" [ "$(said "'originalmsg' in s or 'unparsed-data' in s")" = 0 ]
# with -v all levels are shown
lines() { for level in err warning notice info debug; do metric log_messages_total "level=$level"; done | awk '{ n += $1 } END { print n + 0 }'; }
lost_lines() { metric syslog_lost_total; }
expect "nothing lost so far" [ "$(lost_lines)" = 0 ]

end
written=$(lines)
leave h1 "$G1"
kill -USR1 "$pid"
expect_within 10 "lines that nobody takes" at_least $((written + 3)) lines
expect_within 5 "each counted as lost" eval '[ "$(lost_lines)" = $(($(lines) - written)) ]'
missed=$(said True)

listen
kill -HUP "$pid"
expect_within 5 "a word behind the restart" has_said "(s.get('event'), s.get('result')) == ('config_reload', 'ok')"
between "what was lost did not come late" $((missed + 1)) "$(said True)" $((missed + 5))
kill "$pid"
expect_within 5 "its last word" has_said "(s.get('event'), s.get('status')) == ('stop', '0')"
end
