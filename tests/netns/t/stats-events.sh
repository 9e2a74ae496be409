# /events says each join and leave as it happens, one JSON object a line, to everybody who
# listens; to one who reads late, too. A listener who goes away is forgotten.
# rows: ipv4-igmpv3 ipv6-mldv2
downstream_new 1 h1
conf 'last-member-query-interval 0.3' "$(links 1)"
daemon_start
descriptors() { ls "/proc/$DAEMON_PID/fd" | wc -l; }
open=$(descriptors)
# listen NAME: what it hears is in $LAB/NAME.events
listen() {
	curl -sS -N --unix-socket "$LAB/run/conf.sock" http://localhost/events >"$LAB/$1.events" &
	TOOL_PID[$1]=$!
}
listen first
(printf 'GET /events\n' && sleep 60) | nc -U "$LAB/run/conf.sock" >"$LAB/bare.events" &
TOOL_PID[bare]=$!
expect_within 5 "two listeners" exactly $((open + 2)) descriptors
# heard NAME EXPRESSION: how many of the events so far are like that; every line must be JSON
heard() {
	python3 -c 'import json, sys
events = [json.loads(line) for line in open(sys.argv[1]) if line.endswith("\n")]
print(sum(bool(eval(sys.argv[2])) for e in events))' "$LAB/$1.events" "$2"
}
about="e['family'] == 'ipv$FAMILY' and e.get('group') == '$G1' and e.get('interface') == 'down1'"
join h1 "$G1"
for name in first bare; do
	expect_within 2 "the join at the listener $name" exactly 1 heard $name "e['event'] == 'group_join' and $about"
done
before=$(date +%s)
leave h1 "$G1"
for name in first bare; do
	expect_within 3 "the leave at the listener $name" exactly 1 heard $name "e['event'] == 'group_leave' and $about"
	expect "the time, in Unix seconds" exactly 1 heard $name "e['event'] == 'group_leave' and $before - 1 < e['time'] < $before + 10"
	expect "one join, however often it was reported" exactly 1 heard $name "e['event'] == 'group_join' and $about"
done

kill -STOP "${TOOL_PID[first]}"
join h1 "$G2"
expect_within 2 "another join, for those who read" exactly 1 heard bare "e['event'] == 'group_join' and e['group'] == '$G2'"
expect "nothing for who does not" exactly 0 heard first "e['event'] == 'group_join' and e.get('group') == '$G2'"
kill -CONT "${TOOL_PID[first]}"
expect_within 2 "it waited for him" exactly 1 heard first "e['event'] == 'group_join' and e.get('group') == '$G2'"

open=$(descriptors)
tool_end first
expect_within 3 "one listener fewer, though nothing has happened" exactly $((open - 1)) descriptors
tool_end bare
expect "no event was dropped" exactly 0 metric events_dropped_total
