# A host that vanishes without a word: the group ends when group membership interval is
# over (2 x 4 s + 2 x 1 s), and a host that stays keeps its own.
# rows: all
downstream_new 1 h1 h2
tap h2 h2 eth0
tap src src eth0
conf 'query-interval 4' 'query-response-interval 1' "$(links 1)"
daemon_start -v # for its lines of groups and routes
stream tv src "$G1" "$G2"
join h1 "$G1"
join h2 "$G2"
flows_on h2 "$G1"
flows h2 "$G2"
unplug h1 1
report=$(tap_lines h2 in kind=report | grep -F "$G1" | awk 'END { printf "%.0f\n", $1 * 1000 }')
expect_within 15 "the end of forwarding" not entry_to "$G1" down1
after=$(data h2 "$G1")
while_sending "$G1" 25 exactly "$after" data h2 "$G1"
between "ms from the last report to the last packet, 10000 being the interval" \
	9500 $(($(last_time h2 in kind=data "dst=$G1") - report)) 11500
expect "the subscription given back" not subscribed "$G1"
flows h2 "$G2"
expect "nothing lost by the host that stayed" exactly 0 lost h2 "$G2"
