# 10,000 groups with a flow each, half of them of either family: /metrics, /json, /events and
# the page are whole, and valid, and no turn of the loop takes longer than 5 ms because of
# them, by the daemon's own histogram. Reports are heard all the while.
# alone: times are those of the daemon
# rows: -
# timeout: 180
FAMILY=4 G1=239.1.1.1
downstream_new 1 h1
tap h1 h1 eth0
tap src src eth0
# the program as users have it: the sanitizers' time is not the daemon's
DAEMON=$PLAIN_DAEMON
conf 'query-interval 1000' "$(links 1)"
# what counts is the daemon's own time, not what others on this machine take from it
! chrt -f 1 true 2>/dev/null || DAEMON_AS=(chrt -f 1)
daemon_start
receiver crowd h1
tell crowd range 239.9.0.0 5000
tell crowd range ff1e::9:0 5000
groups_watched() { json /json/upstream 'len(j["upstream"])'; }
expect_within 60 "10,000 subscriptions" exactly 10000 groups_watched
in_ns src "$LAB_DIR/tools/mcspray" eth0 239.9.0.0 5000 ff1e::9:0 5000
routes() { json /json/routes 'len(j["routes"])'; }
expect_within 30 "10,000 flows" exactly 10000 routes

# held: turns of more than 5 ms, then of more than 2.5 ms, then all; then those that used 5 ms of a processor
longer_than() { echo $(($(sample_of "$2_count" <"$LAB/metrics") - $(sample_of "$2_bucket" "le=$1" <"$LAB/metrics"))); }
held() {
	ask /metrics >"$LAB/metrics"
	longer_than 0.005 loop_hold_seconds
	longer_than 0.0025 loop_hold_seconds
	sample_of loop_hold_seconds_count <"$LAB/metrics"
	longer_than 0.005 loop_cpu_seconds
}
join h1 "$G1"
stream tv src "$G1" -- -r 100
flows h1 "$G1"
curl -sS -N --unix-socket "$LAB/run/conf.sock" http://localhost/events >"$LAB/events" &
listener=$!
# stolen: ticks that the machine has taken from its processors
stolen() { awk '$1 == "cpu" { print $9 + 0 }' /proc/stat; }
# series: five rounds of answers at the same time; how many turns were long
series() {
	local round path pids before after stolen
	stolen=$(stolen)
	mapfile -t before < <(held)
	for round in 1 2 3 4 5; do
		pids=()
		for path in /metrics /metrics/sg /json /json/groups /; do
			ask "$path" -o "$LAB/answer${path//\//-}" &
			pids+=($!)
		done
		wait "${pids[@]}"
		if ((round == 3 && try == 1)); then join h1 239.1.1.2; fi
	done
	mapfile -t after < <(held)
	long=$((after[0] - before[0]))
	stolen=$(($(stolen) - stolen))
	((stolen >= long)) || ((judged += 1))
	say "ticks stolen: $stolen; turns: $((after[2] - before[2])), of more than 2.5 ms $((after[1] - before[1])), of more than 5 ms $long, of 5 ms of processor time $((after[3] - before[3]))"
	between "turns, or this test shows nothing" 100 $((after[2] - before[2])) 10000000
}
# A processor that is busy elsewhere in the kernel makes a few long turns as well, and not each time: three
# series are allowed for. So does one that the machine gives to somebody else: where that happened as often
# as a turn was long, the series shows nothing.
# Answers that hold the loop make hundreds, always.
long=6 judged=0
for try in {1..12}; do
	((long > 5 && judged < 3)) || break
	series
done
between "turns of more than 5 ms" 0 $long 5
expect "nothing lost" exactly 0 lost h1 "$G1"
kill $listener
expect "the join that came in between" [ "$(grep -c '"group_join".*239.1.1.2"' "$LAB/events")" = 1 ]

of_file() { python3 -c 'import json, sys; j = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$LAB/answer$1" "$2"; }
expect "all groups" [ "$(of_file -json 'len(j["groups"])')" -ge 10001 ]
expect "all groups" [ "$(of_file -json-groups 'len(j["groups"])')" -ge 10001 ]
expect "all flows" [ "$(of_file -json 'len(j["routes"])')" -ge 10001 ]
expect "each group once" [ "$(of_file -json 'len(set(g["group"] for g in j["groups"])) == len(j["groups"])')" = True ]
series() { grep -c "^mcast_proxy_$1{" "$LAB/answer$2"; }
between "groups with series, 1,024 of both families, and the others" 1025 "$(series group_reports_received_total -metrics)" 1025
expect "series of every flow" [ "$(series sg_forwarded_packets_total -metrics-sg)" -ge 10001 ]
expect "no series twice" [ -z "$(grep -v '^#' "$LAB/answer-metrics" | cut -d' ' -f1 | sort | uniq -d | head -3)" ]
if command -v promtool >/dev/null; then expect "as promtool wants it" promtool check metrics <"$LAB/answer-metrics"; fi
