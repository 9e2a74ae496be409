# A hundred clients of the socket that say nothing, or half a request, or garbage, or too much,
# never read, or read a byte at a time, while a stream flows and a host joins and leaves:
# nothing is lost, every general query is on time, memory is bounded, and when their time is
# over all of them are gone and the socket answers at once. The cap on clients is counted.
# rows: ipv4-igmpv3 ipv6-mldv2
# timeout: 120
downstream_new 1 h1
downstream_new 2 h3
for tap in h1 h3; do tap $tap $tap eth0; done
tap src src eth0
# the program as users have it: the sanitizers' time and memory are not the daemon's
DAEMON=$PLAIN_DAEMON
conf 'query-interval 4' 'query-response-interval 1' 'last-member-query-interval 0.3' "$(links 1 2)"
daemon_start
# something to say: an answer that does not fit into any buffer
receiver crowd h1
if [ "$FAMILY" = 4 ]; then tell crowd range 239.9.0.0 1000; else tell crowd range ff1e::9:0 1000; fi
stream tv src "$G1" -- -r 200
join h3 "$G1"
flows h3 "$G1" 50
memory_kb() { awk -v key="$1:" '$1 == key { print $2 }' "/proc/$DAEMON_PID/status"; }
descriptors() { ls "/proc/$DAEMON_PID/fd" | wc -l; }
ask /json >"$LAB/warm"
groups_shown() { json /json/groups 'len(j["groups"])'; }
expect_within 20 "all groups" exactly 1001 groups_shown
before=$(memory_kb VmHWM) open=$(descriptors)

"$LAB_DIR/tools/pester" "$LAB/run/conf.sock" 12 >"$LAB/pestered" &
pester=$!
expect_within 5 "as many clients as are allowed, or this test shows nothing" at_least $((open + 32)) descriptors
end=$(($(now_us) + 11000000)) joins=0
while (($(now_us) < end)); do
	stream other src "$G2" -- -r 100
	start=$(now_us)
	join h1 "$G2"
	resumes h1 "$G2" 2
	took=$((($(now_us) - start) / 1000))
	leave h1 "$G2"
	expect_within 4 "the end of it" not entry_to "$G2" down1
	tool_end other
	joins=$((joins + 1))
	expect "no more clients than allowed" at_most $((open + 40)) descriptors
done
between "joins and leaves in that time" 2 $joins 100
say "$joins joins, the last took $took ms; $(memory_kb VmHWM) KiB, $before before"
expect "nothing lost" exactly 0 lost h3 "$G1"
between "the longest ms between two general queries, 4000 being the interval" 900 "$(tap_lines h3 in kind=query "dst=$ALL_HOSTS" |
	awk 'NR > 1 && $1 - last > max { max = $1 - last } { last = $1 } END { printf "%.0f\n", max * 1000 }')" 4250
# 32 clients: what they say, what they do not read, a list of the groups for some
between "KiB at most" 1 "$(memory_kb VmHWM)" $((before + 32 * (8 + 64 + 64 + 64) + 2048))

expect_within 80 "the last of them" [ -s "$LAB/pestered" ]
read -r made left <"$LAB/pestered"
say "$made connections"
expect "none left that has had its time" [ "$left" = 0 ]
between "connections" 150 "$made" 1000000
# those who never read are still there, as far as they know
expect_within 15 "all of them gone" at_most $((open + 1)) descriptors
start=$(now_us)
expect "an answer, whole" at_least 1001 groups_shown
between "ms to it" 0 $((($(now_us) - start) / 1000)) 2000
between "times that the cap was reached" 1 "$(metric limit_reached_total limit=stats_clients)" 100000
kill $pester
wait $pester 2>/dev/null || true
expect "nothing lost" exactly 0 lost h3 "$G1"
