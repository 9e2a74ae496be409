# `fast-leave`: the only host of a link leaves, and the leave goes upstream within 50 ms,
# without a query. With a second host that still listens nothing is lost. A host of the old
# versions cannot be told from others: it is asked for as always. Nor are hosts known before
# they have had the time to answer the first general query: that is waited for.
# rows: ipv4-igmpv3 ipv6-mldv2 ipv4-igmpv2 ipv6-mldv1
downstream_new 1 h1 h2
tap h1 h1 eth0
tap h2 h2 eth0
tap src src eth0
conf 'query-response-interval 0.5' 'interface up0 { upstream }' 'interface down1 {
	downstream
	fast-leave yes
}'
daemon_start
stream tv src "$G1" -- -r 100
specific() { seen h2 in kind=query "group=$1"; }
# the first leave in a tap, in ms
left() { tap_lines "$@" | grep -E "(to_in|block)/$G1/|kind=leave.*group=$G1" | awk 'NR == 1 { printf "%.0f\n", $1 * 1000 }'; }
first_answers_are_in() {
	local asked
	asked=$(tap_lines h1 in kind=query "dst=$ALL_HOSTS" | awk 'NR == 1 { printf "%.0f\n", $1 * 1000 }')
	[ -n "$asked" ] && (($(now_us) / 1000 > asked + 501))
}
left_is_seen() { [ -n "$(left src in)" ]; }

expect_within 5 "the end of the time to answer the first general query" first_answers_are_in
join h1 "$G1"
flows h1 "$G1" 120
leave h1 "$G1"
case $ROW in
*v3 | *mldv2)
	expect_within 2 "the leave upstream" left_is_seen
	between "ms from the host's leave to ours" 0 $(($(left src in) - $(left h1 out))) 50
	say "leave after $(($(left src in) - $(left h1 out))) ms"
	while_sending "$G1" 50 exactly 0 specific "$G1"
	;;
*)
	expect_within 4 "a question whether anybody is left" at_least 1 specific "$G1"
	expect_within 4 "the end of forwarding after it" not entry_to "$G1" down1
	;;
esac
expect_within 4 "the subscription given back" not subscribed "$G1"
after=$(data h1 "$G1")
while_sending "$G1" 50 exactly "$after" data h1 "$G1"

stream second src "$G2" -- -r 100
join h1 "$G2"
join h2 "$G2"
flows h1 "$G2" 120
flows h2 "$G2"
leave h1 "$G2"
flows h2 "$G2" 300
expect "nothing lost at the host that stays" exactly 0 lost h2 "$G2"
expect "the subscription" subscribed "$G2"
leave h2 "$G2"
expect_within 4 "the end" not subscribed "$G2"
