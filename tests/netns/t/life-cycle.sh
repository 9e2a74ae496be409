# Interfaces come and go while a stream flows: down and up, another address, renamed away
# and back, deleted and made again (another ifindex). The stream flows again within two
# seconds of the interface being usable. Hosts are asked for no new report but where the
# downstream itself was a new one, which must be asked who is there.
# rows: ipv4-igmpv3 ipv6-mldv2
downstream_new 1 h1
tap h1 h1 eth0
tap src src eth0
conf 'query-response-interval 0.5' "$(links 1)"
daemon_start
join h1 "$G1"
stream tv src "$G1"
flows h1 "$G1" 100 # the host repeats its report within a second
reports() { tap_lines h1 out kind=report | grep -cF "$G1" || true; }
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
ip -n proxy link set down1 down
expect_within 2 "the end of forwarding there" stopped
ip -n proxy link set down1 up
resumes h1 "$G1" 2
say "downstream down and up: ok"

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

old=$(ip -n proxy -o link show down1 | cut -d: -f1)
ip -n proxy link del down1
expect_within 2 "no VIF for the downstream that is gone" not has_vif down1 "$FAMILY"
proxy_iface 1
expect "another ifindex" [ "$old" != "$(ip -n proxy -o link show down1 | cut -d: -f1)" ]
resumes h1 "$G1" 2
expect "the subscription" subscribed "$G1"
