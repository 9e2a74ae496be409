# What the kernel answers when an interface vanished between two calls (ENODEV, ENOENT,
# EADDRNOTAVAIL) is an ordinary path: for a join it is state, counted and shown with its errno
# and tried again; a query that was not sent is counted, and the next one goes out; counters of a flow
# are read later; an entry is set when the kernel asks again. The errors are injected, because real ones need a race that is never won.
# rows: ipv4-igmpv3 ipv6-mldv2
# needs: strace
# timeout: 180
downstream_new 1 h1
CONF_STATS='sample-interval 1' conf 'query-interval 2' 'query-response-interval 0.5' 'robustness 7' "$(links 1)"
daemon_start
stream tv src "$G1" -- -r 100
join h1 "$G1"
flows h1 "$G1"

# sick CALL ERROR: from now on it fails; well: no more
is_traced() { [ "$(awk '$1 == "TracerPid:" { print $2 }' "/proc/$DAEMON_PID/status")" != 0 ]; }
sick() {
	strace -qq -o "$LAB/strace" -p "$DAEMON_PID" -e "trace=$1" -e "inject=$1:error=$2" &
	injector=$!
	expect_within 5 "$2 injected" is_traced
}
well() {
	kill $injector
	wait $injector || true
	expect_within 5 "no more errors" not is_traced
	expect "$1 was injected into $2" grep -q INJECTED "$LAB/strace"
}
failures() { metric upstream_join_failures_total "family=ipv$FAMILY" interface=up0 "reason=$1"; }
has_failed() { [ -n "$(failures "$1")" ]; }
row_says() { [ "$(json /json/upstream "[($1) for u in j['upstream'] if u['group'] == '$G2']")" = "[$2]" ]; }
unsent() { metric send_errors_total "family=ipv$FAMILY" interface=down1 "reason=$1"; }
has_unsent() { [ -n "$(unsent "$1")" ]; }
forwarded() { json /json/groups "[g['forwarded_packets'] for g in j['groups'] if g['group'] == '$G1'][0]"; }
injected() { grep -c INJECTED "$LAB/strace" || true; }
queries() { metric queries_sent_total interface=down1 kind=general "protocol=${ROW#*-}"; }

for error in ENODEV ENOENT EADDRNOTAVAIL; do
	sick setsockopt $error
	join h1 "$G2"
	expect_within 5 "$error: a failed join" has_failed $error
	expect "$error: shown" row_says "u['state'], u['errno']" "('failed', '$error')"
	well $error setsockopt
	expect_within 10 "$error: the join" subscribed "$G2"
	expect "$error: shown" row_says "u['state'], u['errno']" "('joined', None)"
	leave h1 "$G2"
	expect_within 6 "$error: the end" not subscribed "$G2"

	sick sendmsg $error
	expect_within 6 "$error: a query that was not sent" has_unsent $error
	well $error sendmsg
	before=$(queries)
	expect_within 6 "$error: queries again" at_least $((before + 1)) queries

	sick ioctl $error
	before=$(forwarded)
	expect_within 6 "$error: counters that cannot be read" at_least 3 injected
	well $error ioctl
	expect_within 6 "$error: counters again" at_least $((before + 1)) forwarded
	say "$error: ok"
done

# an entry that the kernel does not take: told, counted, and there as soon as it does
join h1 "$G2"
expect_within 5 "the join" subscribed "$G2"
sick setsockopt ENOENT
stream second src "$G2" -- -r 100
expect_within 5 "the refusal told" at_least 1 logged event=route_failed "group=$G2" errno=ENOENT
expect "and counted" at_least 1 metric mfc_operation_failures_total "family=ipv$FAMILY" operation=add
well ENOENT setsockopt
expect_within 20 "the stream" at_least 5 received h1 "$G2"
expect "nothing lost" exactly 0 lost h1 "$G1"
