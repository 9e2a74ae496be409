# Neither upstream nor downstream exists at start: the daemon waits, and within two
# seconds of their appearance the work is done; the same again after both are lost.
# rows: ipv4-igmpv2 ipv4-igmpv3 ipv6-mldv1 ipv6-mldv2
# timeout: 120
bridge_new 1
host_new h1 1
ip -n proxy link del up0
conf 'query-interval 4' 'query-response-interval 1' "$(links 1)"
daemon_start
join h1 "$G1"

for round in 1 2 3; do
	proxy_iface 1
	expect_within 2 "round $round: a VIF for the downstream" has_vif down1
	upstream_new
	expect_within 2 "round $round: a VIF for the upstream" has_vif up0
	join h1 "$G2"
	expect_within 2 "round $round: a subscription" subscribed "$G2"
	leave h1 "$G2"
	# the host answers one of two startup queries, a second apart, within another second
	expect_within 4 "round $round: the subscription that the startup queries asked for" subscribed "$G1"
	stream tv src "$G1"
	flows h1 "$G1"
	tool_end tv
	ip -n proxy link del down1
	ip -n proxy link del up0
	expect_within 2 "round $round: the VIFs gone" not has_vif down1 "$FAMILY"
	daemon_alive || fail "the daemon did not survive round $round"
done
proxy_iface 1
upstream_new
stream tv src "$G1"
flows h1 "$G1"
