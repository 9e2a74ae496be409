# Floods, while a stream flows: one group gets 100,000 random sources, one host reports
# 1,000,000 random groups, 20,000 flows that nobody wants start at once. The stream loses
# nothing, general queries are on time, memory stays under the ceiling that the limits
# imply, and a join in the middle of it all is served.
# alone: times are those of the daemon
# rows: ipv4-igmpv3 ipv6-mldv2
# timeout: 150
downstream_new 1 h1
downstream_new 2 h3
tap h3 h3 eth0
tap src src eth0
tap down2 proxy down2
# the program as users have it: the sanitizers' time and memory are not the daemon's
DAEMON=$PLAIN_DAEMON
max_groups=16384 max_sources=512 max_flows=65536 # the defaults
conf 'query-interval 4' 'query-response-interval 1' "$(links 1 2)"
daemon_start
stream tv src "$G1" -- -r 200
join h3 "$G1"
flows h3 "$G1" 50
memory_kb() { awk -v key="$1:" '$1 == key { print $2 }' "/proc/$DAEMON_PID/status"; }
before=$(memory_kb VmRSS)
# unharmed WHAT: the stream still flows, whole, and every general query came on time
unharmed() {
	flows h3 "$G1"
	expect "$1: nothing lost" exactly 0 lost h3 "$G1"
	between "$1: the longest ms between two general queries, 4000 being the interval" 900 "$(tap_lines h3 in kind=query "dst=$ALL_HOSTS" |
		awk 'NR > 1 && $1 - last > max { max = $1 - last } { last = $1 } END { printf "%.0f\n", max * 1000 }')" 4250
	say "$1: $(memory_kb VmRSS) KiB, at most $(memory_kb VmHWM), $before at first"
}
expect_within 10 "queries, as many as make an interval" at_least 3 seen h3 in kind=query "dst=$ALL_HOSTS"
# the sources first: there is no place for their group when all are taken
in_ns h1 "$LAB_DIR/tools/gmflood" -i eth0 sources "$FAMILY" 100000
unharmed sources
expect_within 12 "max-sources reached, or this test shows nothing" at_least 1 logged event=limit_reached "family=ipv$FAMILY" limit=sources
start=$(now_us)
in_ns h1 "$LAB_DIR/tools/gmflood" -i eth0 groups "$FAMILY" 1000000
say "1,000,000 groups in $((($(now_us) - start) / 1000)) ms"
upstream_groups() { ip -n proxy "-$FAMILY" maddr show dev up0 | grep -c inet; }
expect_within 20 "very many groups, or this test shows nothing" at_least 5000 upstream_groups
unharmed groups
expect "no more groups than that" at_most $((max_groups + 10)) upstream_groups
expect_within 12 "the limit in the log" at_least 1 logged event=limit_reached "family=ipv$FAMILY" limit=groups


# a join beside 20,000 flows that nobody wants: within 200 ms of its report's coming in. (Not
# of its being sent: the flood fills the kernel's queue between the namespaces, where a
# report can be lost as on any link, and is repeated by the host.)
stream other src "$G2" -- -r 200
expect_within 5 "the flow that will be wanted" has_entry "$G2"
sent=$(seen src out kind=data)
ip netns exec src "$LAB_DIR/tools/gmflood" -i eth0 flows "$FAMILY" 20000 &
flood=$!
expect_within 5 "the flood's beginning" at_least $((sent + 200)) seen src out kind=data
join h3 "$G2"
flows h3 "$G2"
report=$(tap_lines down2 in kind=report | grep -F -m 1 "$G2" | awk '{ printf "%.0f\n", $1 * 1000 }')
took=$(($(first_time h3 in kind=data "dst=$G2") - report))
say "from the wanted join to its first packet: $took ms"
wait $flood
between "ms from the wanted join to its first packet" -5 "$took" 200
flow_count() { ip -n proxy "-$FAMILY" mroute show | grep -c 'Iif: up0'; }
expect "unwanted flows, or this test shows nothing" at_least 1000 flow_count
unharmed flows
# MEMORY in mcast-proxy.conf(5), in KiB: two downstream links
ceiling=$(((2 * (max_groups * (600 + 96 * max_sources) + 64 * (4096 + 8 * max_groups)) + 400 * max_flows + 3000000) / 1024))
between "KiB at most" 1 "$(memory_kb VmHWM)" $((before + ceiling))
