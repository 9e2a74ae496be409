# Two of our daemons on one client link. The lower address is querier: the other one sends
# no query, does not forward onto the link, and keeps its subscription. When the first is
# gone it takes over within the other querier present interval (2 x 2 s + 0.25 s), without a
# new report of the host. With `always-forward` it forwards all the time.
# rows: ipv4-igmpv3 ipv6-mldv2
# timeout: 120
ip -n proxy link del up0
bridge_new 0
bridge_new 1
ns_new proxy2
plug src eth0 0
iface_up src eth0 0 2
host_new h1 1
# router_iface NS IFACE LINK HOST: the link-local address is as low or high as the other one
router_iface() {
	plug "$1" "$2" "$3"
	ip -n "$1" link set "$2" addrgenmode none
	ip -n "$1" addr add "fe80::$4/64" dev "$2" nodad
	iface_up "$1" "$2" "$3" "$4"
}
for link in 0 1; do
	name=$([ $link = 0 ] && echo up0 || echo down1)
	router_iface proxy $name $link 3
	router_iface proxy2 $name $link 4
done
low=$([ "$FAMILY" = 4 ] && echo 10.0.1.3 || echo fe80::3)
high=$([ "$FAMILY" = 4 ] && echo 10.0.1.4 || echo fe80::4)
queries_of() { seen h1 in kind=query "src=$1" "dst=$ALL_HOSTS"; }
elected() { logged event=querier_change "family=ipv$FAMILY" "self=$1"; }
tap h1 h1 eth0
tap src src eth0

conf "$QUICK" "$(links 1)"
second_router conf "$QUICK" "$(links 1)"
second_router daemon_start
expect_within 3 "queries of the second router, alone" at_least 2 queries_of "$high"
daemon_start
expect_within 3 "the second router giving way" at_least 1 second_router elected 0
lost_election=$(queries_of "$high")

join h1 "$G1"
stream tv src "$G1" -- -r 100
flows h1 "$G1" 400
expect_within 5 "queries of the querier" at_least 4 queries_of "$low"
expect "no query of the other" exactly "$lost_election" queries_of "$high"
expect "each packet once" exactly 0 lost h1 "$G1"
expect "the subscription of the other kept" second_router subscribed "$G1"
expect "an entry at the other that does not forward" second_router has_entry "$G1"
expect "no forwarding by the other" not second_router entry_to "$G1" down1
expect "the querier never told of another" exactly 0 logged event=querier_change "family=ipv$FAMILY"

# it goes without a word, just after a host's answer to its query
answers() { tap_lines h1 out kind=report | grep -cF "$G1" || true; }
expect_within 5 "an answer of the host" at_least $(($(answers) + 1)) answers
kill -KILL "$DAEMON_PID"
gone=$(date +%s%3N)
wait "$DAEMON_PID" || true
DAEMON_PID=
before=$(data h1 "$G1") reports=$(answers)
expect_within 6 "the stream again" at_least $((before + 5)) data h1 "$G1"
back=$(tap_lines h1 in kind=data "dst=$G1" | awk -v t="$gone" '$1 * 1000 > t + 100 { printf "%.0f\n", $1 * 1000; exit }')
say "take-over after $((back - gone)) ms"
between "ms until it flowed again, 4250 after its last query" 500 $((back - gone)) 4600
expect "no report of the host was needed" [ "$(tap_lines h1 out kind=report |
	awk -v a="$gone" -v b="$back" '$1 * 1000 > a + 50 && $1 * 1000 < b' | grep -cF "$G1")" = 0 ]
expect "told" at_least 1 second_router elected 1
expect_within 3 "queries again, a startup series" at_least $((lost_election + 2)) queries_of "$high"

# the first comes back, and with always-forward the second need not be querier
daemon_start
expect_within 5 "the second router giving way again" at_least 2 second_router elected 0
expect_within 3 "the end of forwarding by it" not second_router entry_to "$G1" down1
second_router conf "$QUICK" 'interface up0 { upstream }' 'interface down1 {
	downstream
	always-forward yes
}'
second_router hup ok
expect_within 2 "forwarding by both" second_router entry_to "$G1" down1
while_sending "$G1" 100 second_router entry_to "$G1" down1
expect "still no querier" exactly 2 second_router elected 0
second_router daemon_stop
