# What takes a whole link from the proxy is named with that link, while a healthy stream goes
# out on another one: nobody is heard, another router is the querier, the kernel refuses the
# join, a switch prunes because nobody asks it.
# rows: ipv4-igmpv3 ipv6-mldv2
# timeout: 180
iptables=iptables reports='-p igmp' query=v3-query lower=10.0.1.0 G3=239.1.1.3 G4=239.1.1.4
if [ "$FAMILY" = 6 ]; then iptables=ip6tables reports='-p icmpv6 --icmpv6-type 143' query=mld2-query lower=fe80::1 G3=ff1e::1:3 G4=ff1e::1:4; fi
for n in 1 2 3; do downstream_new $n h$n; done
for n in 1 3; do host_new h2$n $n; done
ip -n proxy link del up0
ip -n wire link add br0 type bridge mcast_snooping 0
ip -n wire link set br0 up
plug proxy up0 0
iface_up proxy up0 0 1
plug src eth0 0
iface_up src eth0 0 2
ip -n src route add default via 10.0.0.1
tap h2 h2 eth0
tap src src eth0
timers=$'query-interval 2\nquery-response-interval 1'
down() { printf 'interface down%s {\ndownstream\n%s\n%s\n}\n' "$1" "$timers" "${2:-}"; }
conf "interface up0 { upstream
query-interval 3
query-response-interval 1 }" "$(down 1)" "$(down 2)" "$(down 3 'always-forward yes')"
query_upstream() { gm src v3-query && gm src mld2-query; }
daemon_start
stream tv src "$G1" -- -r 100 -s "$(address 0 2)"
query_upstream
join h2 "$G1"
join h1 "$G2"
for n in 1 2 3; do [ "$FAMILY" = 4 ] || join h$n 239.9.9.9; done # or nobody is heard there in IPv4
flows h2 "$G1"
query_upstream
expect_within 5 "no fault, no suspect" clears "$G1"

# INPUT: nothing that hosts say on the third link is heard
in_ns proxy $iptables -I INPUT -i down3 $reports -j DROP
join h3 "$G3"
query_upstream
fault "no_reports_heard down3" "$G3"
expect "without a group, too" accuses "no_reports_heard down3"
in_ns proxy $iptables -D INPUT -i down3 $reports -j DROP
stream third src "$G3" -- -r 100 -s "$(address 0 2)"
flows h3 "$G3"
query_upstream
expect_within 5 "INPUT mended" clears "$G3"

# another querier on the first link, and on the third, where we forward all the same; the hosts answer it
rivals() {
	while gm h21 -s "$lower" -q 4 -m 10 $query && gm h23 -s "${lower/.1.0/.3.0}" -q 4 -m 10 $query; do sleep 2; done
}
rivals &
rivals=$!
stream second src "$G2" -- -r 100 -s "$(address 0 2)"
fault "not_querier down1" "$G2"
expect "who is querier is no fault without a group" clears
expect "nothing wrong where we forward always" clears "$G3"
kill $rivals

# the join: no membership for a socket, or no memory for one (since Linux 6.8 a namespace's own limit)
case $FAMILY in
4) limit=net.ipv4.igmp_max_memberships error=ENOBUFS ;;
6) limit=net.core.optmem_max error=ENOMEM ;;
esac
if usual=$(in_ns proxy sysctl -n $limit 2>/dev/null); then
	in_ns proxy sysctl -qw $limit=0
	join h3 "$G4"
	fault "join_failed up0" "$G4"
	expect "its errno" grep -q $error "$LAB/diagnosis.fault"
	in_ns proxy sysctl -qw $limit="$usual"
	expect_within 40 "the join" subscribed "$G4"
	expect_within 5 "the end of that" clears "$G3"
fi

# a switch upstream that sends only what somebody asked for, and nobody asks it to listen for that
stream camera h1 "$G1" -- -r 100 -s "$(address 1 11)"
tool_end tv
ip -n wire link set proxy0 type bridge_slave mcast_flood off
ip -n wire link set br0 type bridge mcast_snooping 1
fault "no_upstream_querier up0" "$G3"
# its own queries, which are not flooded but sent; one of MLD has a link-local source
in_ns wire sysctl -qw net.ipv6.conf.br0.disable_ipv6=0
ip -n wire addr add fe80::b0/64 dev br0 nodad
ip -n wire link set br0 type bridge mcast_query_response_interval 100
ip -n wire link set br0 type bridge mcast_querier 1
flows h3 "$G3"
expect_within 5 "the querier is there" clears "$G3"
