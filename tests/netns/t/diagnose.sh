# Each fault alone, while a healthy stream goes out on the same links: diagnose names it, and
# where it is, first, and exits with 1; the healthy group is accused of nothing. With no fault
# it names none, with two the first on the path.
# rows: ipv4-igmpv3 ipv6-mldv2
# timeout: 180
G3=239.1.1.3 G4=239.1.1.4 foreign=203.0.113.5 iptables=iptables reports='-p igmp'
if [ "$FAMILY" = 6 ]; then
	G3=ff1e::1:3 G4=ff1e::1:4 foreign=2001:db8:5::5 iptables=ip6tables reports='-p icmpv6 --icmpv6-type 143'
fi
for n in 1 2 3 4 5; do downstream_new $n h$n; done
tap h1 h1 eth0
tap src src eth0
ip -n src addr add "$foreign" dev eth0
timers=$'query-interval 4\nquery-response-interval 1'
# down N LINE: upstream the timers are the usual ones, so that nobody misses a querier there
down() { printf 'interface down%s {\ndownstream\n%s\n%s\n}\n' "$1" "$timers" "${2:-}"; }
conf 'interface up0 { upstream }' "$(down 1)" "$(down 2 "deny group $G3")" "$(down 3)" "$(down 4 'max-groups 2')" "$(down 5)"
daemon_start
gm src "$([ "$FAMILY" = 4 ] && echo v3-query || echo mld2-query)"

# no fault
stream tv src "$G1" -- -r 100 -s "$(address 0 2)"
for n in 1 2 3 4 5; do
	join h$n "$G1"
	[ "$FAMILY" = 4 ] || join h$n 239.9.9.9 # or nobody is heard there in IPv4
	flows h$n "$G1"
done
expect_within 5 "no fault, no suspect" clears
expect_within 5 "no fault, no suspect" clears "$G1"
expect "no fault, no suspect" clears "$G1" "$(address 0 2)"

# nobody asks, nobody sends
fault "no_member None" "$G2"
join h1 "$G2"
fault "no_source_seen up0" "$G2"

# the last links: TTL, FORWARD
stream low src "$G2" -- -r 100 -t 1 -s "$(address 0 2)"
fault "ttl down1" "$G2"
fault "ttl down1" "$G2" "$(address 0 2)"
expect_within 10 "by itself, too" accuses "ttl down1"
tool_end low
stream high src "$G2" -- -r 100 -s "$(address 0 2)"
flows h1 "$G2"
expect_within 5 "the TTL mended" clears "$G2"
in_ns proxy $iptables -I FORWARD -d "$G2" -j DROP
fault "suspect_firewall down1" "$G2"
in_ns proxy $iptables -D FORWARD -d "$G2" -j DROP
flows h1 "$G2"
expect_within 5 "FORWARD mended" clears "$G2"

# the upstream: rp_filter, source
join h1 "$G3"
if [ "$FAMILY" = 4 ]; then in_ns proxy sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.up0.rp_filter=1; fi
stream foreign src "$G3" -- -r 100 -s "$foreign"
if [ "$FAMILY" = 4 ]; then
	fault "rp_filter up0" "$G3"
	in_ns proxy sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.up0.rp_filter=0
fi
fault "source_not_allowed up0" "$G3"
fault "source_not_allowed up0" "$G3" "$foreign"
leave h1 "$G3"
expect_within 8 "the leave" not subscribed "$G3"

# our own rules and limits
join h2 "$G3"
fault "filtered down2" "$G3"
leave h2 "$G3"
join h4 "$G2"
flows h4 "$G2"
join h4 "$G4"
fault "limit down4" "$G4"
leave h4 "$G2"
leave h4 "$G4"

# the links
join h3 "$G2"
flows h3 "$G2"
ip -n proxy link set down3 multicast off
expect_within 5 "no_multicast_flag" accuses "no_multicast_flag down3" "$G2"
expect "a link is the fault of all its groups" accuses "no_multicast_flag down3" "$G1"
ip -n proxy link set down3 multicast on
flows h3 "$G2"
expect_within 5 "the flag mended" clears "$G2"
ip -n proxy link set down3 down
expect_within 5 "interface_down" accuses "interface_down down3" "$G2"
# two faults: nothing of it leaves on down1 either, which is behind
in_ns proxy $iptables -I FORWARD -d "$G2" -j DROP
expect "two faults" accuses "interface_down down3" "$G2"
expect_within 10 "the second is named behind it" grep -q 'interface_down.*suspect_firewall' <(accuses "interface_down down3" "$G2" && cat "$LAB/diagnosis")
in_ns proxy $iptables -D FORWARD -d "$G2" -j DROP
ip -n proxy link set down3 up
