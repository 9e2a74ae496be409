# Queries made by hand. Those from nobody (0.0.0.0, ::) never win, unicast and off-link ones
# are dropped and counted; a lower querier wins, of whatever version, and a version that is
# not ours is logged once. When it falls silent, we are querier again.
# rows: ipv4- ipv6-
downstream_new 1 h1
tap h1 h1 eth0
tap src src eth0
ip -n proxy "-$FAMILY" addr flush dev down1
if [ "$FAMILY" = 4 ]; then
	ip -n proxy addr add 10.0.1.100/24 dev down1
	us=10.0.1.100 lower=10.0.1.50 nobody=0.0.0.0 far=10.0.9.9 newest=v3-query old=(v2-query v1-query)
else
	ip -n proxy addr add fe80::100/64 dev down1 nodad
	us=fe80::100 lower=fe80::50 nobody=:: far=2001:db8::9 newest=mld2-query old=(mld1-query)
fi
mac=$(in_ns proxy cat /sys/class/net/down1/address)
conf "$QUICK" "$(links 1)"
daemon_start
stream tv src "$G1"
ours() { seen h1 in kind=query "src=$us" "dst=$ALL_HOSTS"; }
elected() { logged event=querier_change "family=ipv$FAMILY" "self=$1"; }
dropped() { logged event=packet_drop "family=ipv$FAMILY" "reason=$1"; }
expect_within 5 "our queries" at_least 2 ours

# refused: what down1 has refused of messages that break the RFCs, as "reason count ..."
refused() { ask /metrics | sed -n "s/^mcast_proxy_malformed_packets_total{interface=\"down1\",family=\"ipv$FAMILY\",reason=\"\(.*\)\"} \([1-9].*\)/\1 \2/p" | tr '\n' ' '; }
summary "$FAMILY" drops >/dev/null
expect "nothing refused yet, of the host's own messages neither" [ "$(refused)" = "" ]
gm h1 -s "$nobody" "$newest"
gm h1 -s "$nobody" "${old[0]}"
gm h1 -s "$lower" -d "$us" --mac "$mac" "$newest"
expect_within 2 "the unicast query dropped" at_least 1 dropped bad_destination
gm h1 -s "$far" "$newest"
[ "$FAMILY" = 4 ] && reason=off_link_query || reason=bad_source
expect_within 2 "the off-link query dropped" at_least 1 dropped "$reason"
# of those from nobody, IGMP has no complaint; MLD wants a link-local source
[ "$FAMILY" = 4 ] && refusals="bad_destination 1 off_link_query 1 " number=2 || refusals="bad_source 3 bad_destination 1 " number=4
expect "each refusal counted once, by its reason: $(refused)" [ "$(refused)" = "$refusals" ]
expect "as many in the summary" exactly $number summary "$FAMILY" drops
expect_within 5 "our queries go on" at_least $(($(ours) + 1)) ours
expect "nobody won" exactly 0 elected 0

n=0
for version in "$newest" "${old[@]}"; do
	n=$((n + 1))
	gm h1 -s "$lower" -m 5 -q 2 "$version"
	expect_within 2 "$version: we gave way" exactly $n elected 0
	silent=$(ours)
	gm h1 -s "$lower" -m 5 -q 2 "$version"
	while_sending "$G1" 150 exactly "$silent" ours
	expect_within 8 "$version: querier again" exactly $n elected 1
	expect_within 3 "$version: our queries again" at_least $((silent + 2)) ours
done
expect "one line about old versions" exactly 1 logged event=wrong_version "family=ipv$FAMILY"
# two of each old version, and for IPv4 one from nobody: MLD wants a link-local source
summary "$FAMILY" drops >/dev/null
expect "each of them counted" [ "$(grep "event=summary_refused family=ipv$FAMILY" "$LAB/log" |
	sed -n 's/.* wrong_version=\([0-9]*\).*/\1/p' | awk '{ sum += $1 } END { print sum + 0 }')" = $((2 * ${#old[@]} + (FAMILY == 4))) ]
