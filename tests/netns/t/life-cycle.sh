# Interfaces come and go while a stream flows: down and up, another address, an MTU too small
# for IPv6 and back, renamed away and back, deleted and made again (another ifindex). The stream flows again within two
# seconds of the interface being usable, and no host has to report again for it, not even
# where the downstream is another device. What comes back by a pattern begins with nothing.
# rows: ipv4-igmpv3 ipv6-mldv2
downstream_new 1 h1
downstream_new 2 h3
tap h1 h1 eth0
tap h3 h3 eth0
tap src src eth0
conf 'query-response-interval 0.5' "$(links 1)" 'interface "down[2-9]" { downstream }'
daemon_start
expect_within 2 "a VIF for the interface of the pattern" has_vif down2
join h1 "$G1"
stream tv src "$G1"
flows h1 "$G1" 100 # the host repeats its report within a second
reports() { tap_lines h1 out kind=report | grep -cF "${1:-$G1}" || true; }
prefix=$([ "$FAMILY" = 4 ] && echo 24 || echo 64)
give() { ip -n proxy addr replace "$(address "$2" "$3")/$prefix" dev "$1"; }
stopped() { entry "$G1" | grep -q 'Iif: up0' && ! entry_to "$G1" down1 || ! has_entry "$G1"; }

# again WHAT: the stream is back, and nobody was asked for it
quiet_again() {
	resumes h1 "$G1" 2
	expect "$1: subscribed" subscribed "$G1"
	expect "$1: no report of the host was needed" exactly "$before" reports
	say "$1: ok"
}

before=$(reports)
ip -n proxy link set up0 down
expect_within 2 "the news of it" at_least 1 logged "family=ipv$FAMILY" interface=up0 state=down
ip -n proxy link set up0 up
give up0 0 1 # IPv6 addresses are lost with the link
quiet_again "upstream down and up"

before=$(reports)
ip -n proxy addr flush dev up0
give up0 0 7
iface_up proxy up0 0 8
quiet_again "upstream with another address"

before=$(reports)
ip -n proxy link set up0 down
ip -n proxy link set up0 name away0
expect_within 2 "no VIF for the interface that is none of ours now" not has_vif up0 "$FAMILY"
ip -n proxy link set away0 name up0
ip -n proxy link set up0 up
give up0 0 1
quiet_again "upstream renamed away and back"

# Below 1280 the kernel takes IPv6 off a device, with what was joined there, which neither VIF
# nor socket notices; IPv4 does not mind. The router's own membership downstream is that of v3 reports.
reports_to=$([ "$FAMILY" = 4 ] && echo 224.0.0.22 || echo ff02::16)
small_mtu() {
	case $FAMILY:$2 in
	4:* | 6:at-once) ;;
	6:*) expect_within 2 "no VIF while IPv6 is off" not has_vif "$1" 6 ;;
	esac
}
for pace in slowly at-once; do
	before=$(reports) told=$(logged event=interface_state "family=ipv$FAMILY")
	ip -n proxy link set up0 mtu 1000
	small_mtu up0 $pace
	ip -n proxy link set up0 mtu 1500
	give up0 0 1
	expect_within 2 "the subscription anew" subscribed "$G1"
	quiet_again "upstream with a small MTU for a while, $pace"
	[ "$FAMILY" = 6 ] || expect "no news for IPv4" exactly "$told" logged event=interface_state family=ipv4
done

ask /metrics | counters >"$LAB/before"
for name in upstream_joins_total interface_receive_packets_total; do
	expect "$name, or this shows nothing" grep -Eq "^$name.*up0.* [1-9]" "$LAB/before"
done
for peer in '' 2; do
	before=$(reports)
	tool_end tv
	tool_end tap-src
	ip -n proxy link del up0
	expect_within 2 "no VIF for the upstream that is gone" not has_vif up0 "$FAMILY"
	upstream_new
	[ -z "$peer" ] || {
		ip -n proxy addr flush dev up0
		ip -n proxy addr add "$(address 0 1)" peer "$(address 0 2)" dev up0
		[ "$FAMILY" = 4 ] || ip -n proxy addr add fe80::1/64 dev up0
	}
	tap src src eth0
	stream tv src "$G1"
	quiet_again "upstream deleted and made again${peer:+, with a peer instead of a network}"
done
ask /metrics | counters >"$LAB/after"
expect "no counter that went back or away" not grep -E ' -[0-9]|is gone' <<<"$(grown "$LAB/before" "$LAB/after")"
ip -n proxy link set down1 down
expect_within 2 "the end of forwarding there" stopped
ip -n proxy link set down1 up
resumes h1 "$G1" 2
say "downstream down and up: ok"

for pace in slowly at-once; do
	ip -n proxy link set down1 mtu 1000
	small_mtu down1 $pace
	ip -n proxy link set down1 mtu 1500
	give down1 1 1
	resumes h1 "$G1" 2
	expect_within 2 "the router's own membership" subscribed "$reports_to" down1
	say "downstream with a small MTU for a while, $pace: ok"
done

ip -n proxy link set down1 addrgenmode none # no other link-local address comes back with the link
ip -n proxy addr flush dev down1
give down1 1 77
[ "$FAMILY" = 4 ] || ip -n proxy addr add fe80::77/64 dev down1 nodad
resumes h1 "$G1" 2
new=$([ "$FAMILY" = 4 ] && address 1 77 || echo fe80::77)
before=$(seen h1 in kind=query "src=$new")
ip -n proxy link set down1 down
ip -n proxy link set down1 up
[ "$FAMILY" = 4 ] || ip -n proxy addr add fe80::77/64 dev down1 nodad
resumes h1 "$G1" 2
expect_within 3 "a query from the new address" at_least $((before + 1)) seen h1 in kind=query "src=$new"
ip -n proxy link set down1 addrgenmode eui64
say "downstream with another address: ok"

ip -n proxy link set down1 down
ip -n proxy link set down1 name away1
expect_within 2 "no VIF for the interface that is none of ours now" not has_vif down1 "$FAMILY"
ip -n proxy link set away1 name down1
iface_up proxy down1 1 1
resumes h1 "$G1" 2
say "downstream renamed away and back: ok"

# Members that say so once and never again, as if all their reports were lost from now on;
# the switch floods, so the taps see what is sent to them.
for host in h1 h3; do
	case $FAMILY in
	4) gm $host v3-report "to_ex/$G2/" ;;
	6) gm $host mld2-report "to_ex/$G2/" ;;
	esac
done
stream quiet src "$G2"
flows_on h1 "$G2"
flows_on h3 "$G2"
old=$(ip -n proxy -o link show down1 | cut -d: -f1)
ip -n proxy link del down1
ip -n proxy link del down2
expect_within 2 "no VIF for the downstreams that are gone" not has_vif down1 "$FAMILY"
expect_within 2 "no VIF for the downstreams that are gone" not has_vif down2 "$FAMILY"
expect "the subscription, kept" subscribed "$G2"
before=$(data h3 "$G2") said=$(reports "$G2")
proxy_iface 1
resumes h1 "$G2" 2
expect "another ifindex" [ "$old" != "$(ip -n proxy -o link show down1 | cut -d: -f1)" ]
expect "no report was needed" exactly "$said" reports "$G2"
resumes h1 "$G1" 2
proxy_iface 2
expect_within 2 "a VIF for the interface of the pattern" has_vif down2
while_sending "$G2" 50 exactly "$before" data h3 "$G2"
say "downstreams deleted and made again: ok"
