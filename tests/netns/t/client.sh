# The client asks the real daemon: every command, while a stream flows, and after the daemon's end.
# rows: ipv4-igmpv3 ipv6-mldv2
downstream_new 1 h1
conf "$(links 1)"
ctl() { ip netns exec proxy "$(dirname "$DAEMON")/mcast-proxyctl" -s "$LAB/run/conf.sock" "$@"; }
# ends STATUS ARGUMENT...: what it says is in $LAB/said-by
ends() {
	local status=0
	ctl "${@:2}" >"$LAB/said-by" 2>&1 || status=$?
	cat "$LAB/said-by"
	[ "$status" = "$1" ]
}
says() { grep -qE -- "$1" "$LAB/said-by" || fail "it does not say $1"; }
expect "no daemon, no answer" ends 2 check
daemon_start
expect "up" ends 0 check
says '^MCAST-PROXY OK'

ctl monitor >"$LAB/events" 2>"$LAB/events-end" &
monitor=$!
ctl -j monitor >"$LAB/events-j" 2>/dev/null &
listening() { [ "$(in_ns proxy grep -c 'conf\.sock' /proc/net/unix)" -ge 3 ]; } # the listener, and what it accepted
expect_within 5 "both listen to events" listening
joined_events() { grep -q "group_join.* group=$G1" "$LAB/events" && grep -q '"event":"group_join"' "$LAB/events-j"; }
join h1 "$G1"
stream tv src "$G1" -- -r 200
flows h1 "$G1" 50
expect_within 5 "the join among the events" joined_events

for what in summary interfaces groups routes members upstream limits drops; do
	expect "show $what" ends 0 show "$what"
	expect "nothing wider than 80" [ "$(awk 'length($0) > 80' "$LAB/said-by" | wc -l)" = 0 ]
	expect "show -j $what" ends 0 -j show "$what"
	says '^\{"schema":1,"time":'
done
expect "groups" ends 0 show groups
says "^$G1 +down1 .*forwarding"
expect "routes" ends 0 show routes
says "^$G1 +$(address 0 2) +up0 +forwarding .* down1\$"
expect "the other family has no group" ends 0 show "-$((10 - FAMILY))" groups
says 'no group is asked for'

# 200 packets a second, as sent
expect "top" ends 0 top -i 2 -n 1
between "packets a second" 150 "$(awk -v g="$G1" '$1 == g { print int($2) }' "$LAB/said-by")" 250
expect "rates" ends 0 show routes -i 1
says 'Packets/s'

expect "nothing wrong with what flows" ends 0 diagnose "$G1"
says 'nothing is wrong'
expect "a group that nobody asks for" ends 1 diagnose "$G2"
says no_member

expect "metrics into a file" ends 0 metrics -o "$LAB/m.prom"
expect "all of them" grep -q '^mcast_proxy_build_info' "$LAB/m.prom"

daemon_end TERM
monitor_ended() { ! kill -0 "$monitor" 2>/dev/null; }
expect_within 5 "the monitor's end" monitor_ended
expect "why" grep -q 'closed the connection' "$LAB/events-end"
expect "gone" ends 2 check
says 'start it with'
