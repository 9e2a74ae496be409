# A join that the kernel refuses is state: told and counted with its errno, shown with it,
# tried again after 1, 2 and 4 s. What was joined before goes on and loses nothing. As
# soon as the kernel can, the group is joined, and no host has to report again for it.
# rows: ipv4-igmpv3 ipv6-mldv2
# timeout: 120
downstream_new 1 h1
tap h1 h1 eth0
tap src src eth0
conf "query-interval 300" "query-response-interval 0.5" "$(links 1)" # no query while it runs
daemon_start
stream tv src "$G1" -- -r 100
join h1 "$G1"
flows h1 "$G1"
degraded() { [ "$(json /json "'join_failing' in j['daemon']['health']['causes']")" = True ]; }
expect "health" not degraded

curl -sS -N --unix-socket "$LAB/run/$CONF.sock" http://localhost/events >"$LAB/events" &
listener=$!
# tries N: when the last N failed, by the daemon's own clock, in ms
tries() { grep '"join_failed"' "$LAB/events" | grep -F "\"$G2\"" | tail -n "$1" | sed 's/.*"time":\([0-9]*\)\.\([0-9]*\).*/\1\2/'; }

told() { logged event=join_failed "family=ipv$FAMILY" interface=up0 "group=$G2 " "errno=$1" "retry=${2:-}"; }
counted() { metric upstream_join_failures_total "family=ipv$FAMILY" interface=up0 "reason=$1"; }
# upstream_says EXPRESSION VALUE: of the group's row, `u`
upstream_says() { [ "$(json /json/upstream "[($1) for u in j['upstream'] if u['group'] == '$G2']")" = "[$2]" ]; }
# joins TAP DIRECTION: reports that ask for the group (a leave may still be repeated)
joins() { tap_lines "$1" "$2" kind=report | grep -Ec "(to|is)_ex/$G2/" || true; }

# refused ERRNO: the kernel has been made to refuse every further join, for the `times`th time
refused() {
	local at=() told_before counted_before reported_before wait tried=0
	told_before=$(told "$1") counted_before=$(counted "$1") reported_before=$(joins src in)
	join h1 "$G2"
	for wait in 1 2 4; do
		expect_within 5 "$1: a line with the next wait, $wait s" at_least $((++tried + told_before)) told "$1"
		[ $wait != 1 ] || {
			expect "$1: shown" upstream_says "u['state'], u['errno'], u['failures'], 0 < u['retry'] <= 1" "('failed', '$1', 1, True)"
			# a flow of the time before may still be there
			[ $times != 1 ] || expect "$1: the group's reason" [ "$(json /json/groups "[g['reason'] for g in j['groups'] if g['group'] == '$G2']")" = "['join_failed']" ]
			expect "$1: health says so" degraded
		}
	done
	expect "$1: each with twice the wait" [ "$(told "$1" 1) $(told "$1" 2) $(told "$1" 4)" = "$times $times $times" ]
	mapfile -t at < <(tries 3)
	between "$1: ms from the first try to the second" 900 $((at[1] - at[0])) 1300
	between "$1: ms from the second try to the third" 1900 $((at[2] - at[1])) 2300
	expect "$1: counted" [ "$(counted "$1")" = $((${counted_before:-0} + 3)) ]
	expect "$1: not subscribed" not subscribed "$G2"
	expect "$1: no report of it upstream" exactly "$reported_before" joins src in
}

# taken ERRNO: the kernel can again; the fourth try is 4 s behind the third
taken() {
	local said asked
	said=$(joins h1 out) asked=$(joins src in)
	expect_within 5 "$1: the join at the fourth try" subscribed "$G2"
	expect_within 2 "$1: its report upstream" at_least $((asked + 1)) joins src in
	expect "$1: shown" upstream_says "u['state'], u['errno'], u['failures'], u['retry']" "('joined', None, 0, None)"
	expect "$1: no report of the host was needed" exactly "$said" joins h1 out
	expect "$1: no more failures" exactly $((3 * times)) told "$1"
	expect "$1: health says so" not degraded
	stream wanted src "$G2"
	flows h1 "$G2"
	tool_end wanted
	leave h1 "$G2"
	expect_within 6 "$1: the end" not subscribed "$G2"
}

# no membership for a socket; or no memory for one, which is a namespace's own limit since Linux 6.8
case $FAMILY in
4) limit=net.ipv4.igmp_max_memberships error=ENOBUFS ;;
6) limit=net.core.optmem_max error=ENOMEM ;;
esac
if usual=$(in_ns proxy sysctl -n $limit 2>/dev/null); then
	for times in 1 2; do
		in_ns proxy sysctl -qw $limit=0
		refused $error
		in_ns proxy sysctl -qw $limit="$usual"
		taken $error
		say "$error, time $times: ok"
	done
fi
kill $listener
expect "nothing lost by the group that was there" exactly 0 lost h1 "$G1"
