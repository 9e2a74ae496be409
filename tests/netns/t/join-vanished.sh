# The upstream is deleted after a host has reported and before that report is read: both are news
# at once. The device that is gone is no failed join; the groups are kept without one, and joined
# when an upstream of that name is back, time after time, without another word of the host.
# rows: ipv4- ipv6-
downstream_new 1 h1
tap h1 h1 eth0
report=$([ "$FAMILY" = 4 ] && echo v3-report || echo mld2-report)
conf "query-interval 300" "query-response-interval 0.5" "$(links 1)" # no query while it runs
daemon_start
gm h1 "$report" "to_ex/$G1/"
expect_within 2 "a group joined" subscribed "$G1"
# are STATE: both groups are known and nothing has failed
are() { [ "$(json /json/upstream "[(u['group'], u['state'], u['errno'], u['failures']) for u in j['upstream'] if u['group'] in ('$G1', '$G2')]")" = "[('$G1', '$1', None, 0), ('$G2', '$1', None, 0)]" ]; }
is_stopped() { grep -qE '^[^)]*\) T ' "/proc/$DAEMON_PID/stat"; }
for n in 1 2 3; do
	kill -STOP "$DAEMON_PID"
	expect_within 5 "time $n: a daemon that sees neither" is_stopped
	gm h1 "$report" "to_ex/$G2/"
	ip -n proxy link del up0
	kill -CONT "$DAEMON_PID"
	expect_within 2 "time $n: both groups kept, without an upstream" are none
	upstream_new
	expect_within 3 "time $n: both joined" are joined
	expect "time $n: by the kernel" subscribed "$G1"
	expect "time $n: by the kernel" subscribed "$G2"
	gm h1 "$report" "to_in/$G2/"
	expect_within 4 "time $n: the end of what was left" not subscribed "$G2"
done
expect "nothing told of a failed join" exactly 0 logged event=join_failed
expect "no failure counted" [ "$(metric upstream_join_failures_total interface=up0)" = "" ]
