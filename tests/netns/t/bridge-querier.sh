# One of ours against the Linux bridge's own querier: with a lower address the bridge is
# querier and we are silent, with a higher one or none it is not.
# rows: ipv4- ipv6-
# timeout: 120
downstream_new 1 h1
tap h1 h1 eth0
if [ "$FAMILY" = 4 ]; then
	ip -n proxy addr del 10.0.1.1/24 dev down1
	ip -n proxy addr add 10.0.1.100/24 dev down1
	us=10.0.1.100 lower=10.0.1.50/24 higher=10.0.1.200/24 none=0.0.0.0
else
	in_ns wire sysctl -qw net.ipv6.conf.br1.disable_ipv6=0 net.ipv6.conf.br1.accept_dad=0
	ip -n wire link set br1 addrgenmode none
	ip -n proxy -6 addr flush dev down1
	ip -n proxy addr add fe80::100/64 dev down1 nodad
	us=fe80::100 lower=fe80::50/64 higher=fe80::200/64
fi
conf "$QUICK" "$(links 1)"
daemon_start
ours() { seen h1 in kind=query "src=$us" "dst=$ALL_HOSTS"; }
theirs() { seen h1 in kind=query "src=${1%/*}" "dst=$ALL_HOSTS"; }
elected() { logged event=querier_change "family=ipv$FAMILY" "self=$1"; }
# the bridge asks every second, as soon as it is told to
bridge_asks() {
	[ -z "$1" ] || ip -n wire addr add "$1" dev br1 nodad
	ip -n wire link set br1 type bridge mcast_snooping 1 mcast_query_use_ifaddr 1 mcast_query_interval 100 \
		mcast_query_response_interval 50 mcast_startup_query_interval 100 mcast_querier_interval 100 \
		mcast_igmp_version 3 mcast_mld_version 2 mcast_querier 1
}
bridge_silent() {
	ip -n wire link set br1 type bridge mcast_querier 0 mcast_snooping 0
	[ -z "$1" ] || ip -n wire addr del "$1" dev br1
}
expect_within 3 "our queries" at_least 2 ours

bridge_asks "$lower"
expect_within 5 "the bridge's queries" at_least 1 theirs "$lower"
expect_within 2 "us giving way" exactly 1 elected 0
silent=$(ours)
expect_within 10 "more queries of the bridge" at_least $(($(theirs "$lower") + 4)) theirs "$lower"
expect "none of ours" exactly "$silent" ours
bridge_silent "$lower"
expect_within 10 "us querier again" exactly 1 elected 1
expect_within 4 "our queries again" at_least $((silent + 2)) ours

bridge_asks "$higher"
expect_within 6 "our queries beside the bridge" at_least $(($(ours) + 2)) ours
bridge_silent "$higher"
if [ "$FAMILY" = 4 ]; then # MLD needs an address
	bridge_asks ''
	expect_within 10 "a query of the bridge from 0.0.0.0" at_least 1 theirs "$none"
	expect_within 6 "our queries beside it" at_least $(($(ours) + 2)) ours
	bridge_silent ''
fi
expect "nobody else ever won" exactly 1 elected 0
