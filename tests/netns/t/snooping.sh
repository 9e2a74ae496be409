# A host keeps its stream for three membership intervals (3 x 5 s) without losing a packet,
# behind a bridge that snoops, and at the same time behind one that does not, on the other
# link. The version 1 host is made by hand: it reports whenever it is asked.
# rows: ipv4-igmpv2 ipv4-igmpv3 ipv6-mldv1 ipv6-mldv2 ipv4-handv1
downstream_new 1 h1
downstream_new 2 h3
ip -n wire link set br1 type bridge mcast_snooping 1
tap h1 h1 eth0
tap h3 h3 eth0
tap src src eth0
conf "$QUICK" "$(links 1 2)"
daemon_start
stream tv src "$G1" "$G2" -- -r 100
case $ROW in
*handv1)
	gm h1 v1-report "$G1"
	gm h3 v1-report "$G1"
	;;
*)
	join h1 "$G1"
	join h3 "$G1"
	;;
esac
flows_on h1 "$G1"
flows_on h3 "$G1"
queries() { seen h1 in kind=query "dst=$ALL_HOSTS"; }
asked=$(queries)
end=$((asked + 8)) # one in 2 s
while [ "$asked" -lt "$end" ]; do
	expect_within 5 "the next query" at_least $((asked + 1)) queries
	asked=$(queries)
	[[ $ROW != *handv1 ]] || { gm h1 v1-report "$G1" && gm h3 v1-report "$G1"; }
done
for host in h1 h3; do
	flows_on $host "$G1"
	between "packets at $host" 1400 "$(data $host "$G1")" 2500
	expect "nothing lost at $host" exactly 0 lost_on $host "$G1"
	expect "nothing of what nobody wants" exactly 0 data $host "$G2"
done
