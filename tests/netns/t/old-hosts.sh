# Hosts of several versions in one group (RFC 9776 section 7.3.2). With an IGMPv2 or MLDv1
# host there, BLOCK and the sources of TO_EX mean nothing; with an IGMPv1 host, no leave
# does, and the group ends with its timer. Without them each does what it says.
# rows: ipv4- ipv6-
# timeout: 120
downstream_new 1 h1
tap h1 h1 eth0
tap src src eth0
a=$(address 0 21) b=$(address 0 22)
for source in $a $b; do ip -n src addr add "$source/$([ "$FAMILY" = 4 ] && echo 24 || echo 64)" dev eth0; done
if [ "$FAMILY" = 4 ]; then new=v3-report old=v2-report leave=v2-leave; else new=mld2-report old=mld1-report leave=mld1-done; fi
conf "$QUICK" 'last-member-query-interval 0.3' "$(links 1)"
daemon_start
for source in $a $b; do stream "tv$source" src "$G1" -- -s "$source"; done
flows_from() { expect_within 5 "$1 at the host" at_least $(($(seen h1 in kind=data "src=$1") + 10)) seen h1 in kind=data "src=$1"; }
oif_of() { entry "$G1" "$1" | grep -q 'Oifs:.*down1'; }
specific() { seen h1 in kind=query "group=$G1"; }

# alone, a host of the new version is obeyed
gm h1 "$new" "to_ex/$G1/"
flows_from $a
gm h1 "$new" "block/$G1/$b"
expect_within 3 "the end of the blocked source" not oif_of $b
flows_from $a
gm h1 "$new" "to_ex/$G1/$a"
expect_within 3 "the end of the excluded source" not oif_of $a
asked=$(specific)

# with an old one beside it, not
gm h1 "$old" "$G1"
flows_from $a
flows_from $b
gm h1 "$new" "block/$G1/$b"
gm h1 "$new" "to_ex/$G1/$a"
while_sending "$G1" 100 oif_of $a
expect "the blocked source, still" oif_of $b
expect "nobody asked about a source" exactly "$asked" specific
gm h1 "$leave" "$G1"
expect_within 1 "the question that a leave brings" at_least $((asked + 1)) specific
expect_within 4 "the end of the group" not entry_to "$G1" down1

if [ "$FAMILY" = 4 ]; then
	asked=$(specific)
	gm h1 v1-report "$G1"
	joined=$(date +%s%3N)
	flows_from $a
	gm h1 v2-leave "$G1"
	gm h1 "$new" "to_in/$G1/"
	while_sending "$G1" 100 entry_to "$G1" down1
	expect "nobody asked" exactly "$asked" specific
	expect_within 8 "the end with its timer" not entry_to "$G1" down1
	between "ms from the report to the end, 5000 being the interval" 4800 $(($(date +%s%3N) - joined)) 6500
fi
