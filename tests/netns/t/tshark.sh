# Every IGMP and MLD packet that the daemon's host sends, on either side, is whole in
# tshark's eyes: no malformed packet, no bad checksum, no expert warning. A packet with
# a bad checksum that we send ourselves shows that tshark would tell. (What routers sent
# in all other tests is read by tshark at the end of them all: netns/every-packet.)
# rows: -
# timeout: 120
downstream_new 1 h1
tap h1 h1 eth0
tap src src eth0
conf 'query-interval 4' 'query-response-interval 1' "$(links 1)"
daemon_start
for row in ipv4-igmpv2 ipv4-igmpv3 ipv6-mldv1 ipv6-mldv2; do
	row_set $row
	case $row in
	ipv4*) in_ns h1 sysctl -qw net.ipv4.conf.eth0.force_igmp_version="$VERSION" ;;
	*) in_ns h1 sysctl -qw net.ipv6.conf.eth0.force_mld_version="$VERSION" ;;
	esac
	join h1 "$G1" && join h1 "$G2" "$(address 0 2)"
	expect_within 5 "the subscription" subscribed "$G1"
	leave h1 "$G1" && leave h1 "$G2"
	expect_within 8 "its end" not subscribed "$G1"
done
expect "general and specific queries of IGMP" at_least 6 seen h1 in kind=query ver=3
expect "general and specific queries of MLD" at_least 6 seen h1 in kind=query ver=2
expect "reports upstream" at_least 4 seen src in kind=report
gm h1 --bad-checksum v2-report "239.3.3.3"
expect_within 2 "the wrong packet in the capture" exactly 1 seen h1 out cksum=bad

expect "all packets read by tshark" at_least 10 grep -c . <<<"$(tshark -n -r "$LAB/h1.pcap" -Y 'igmp or icmpv6' 2>/dev/null)"
complaints "$LAB/h1.pcap"
expect "one complaint, about our own wrong packet" exactly 1 grep -c . <<<"$(complaints "$LAB/h1.pcap")"
expect "that packet's source" grep -q 10.0.1.11 <<<"$(complaints "$LAB/h1.pcap")"
complaints "$LAB/src.pcap"
expect "no complaint upstream" [ -z "$(complaints "$LAB/src.pcap")" ]
