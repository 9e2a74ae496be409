# Twelve downstreams are all served, and one that leaves does not disturb the others.
# rows: ipv4-igmpv3 ipv6-mldv2
# timeout: 120
for n in {1..12}; do downstream_new $n "h$((n + 10))"; done
conf "$(links {1..12})"
daemon_start
stream tv src "$G1"
for n in {1..12}; do join "h$((n + 10))" "$G1"; done
for n in {1..12}; do flows "h$((n + 10))" "$G1"; done
leave h15 "$G1"
expect_within 6 "the end on link 5" not entry_to "$G1" down5
for n in {1..4} {6..12}; do
	flows "h$((n + 10))" "$G1" 5
	expect "nothing lost on link $n" exactly 0 lost "h$((n + 10))" "$G1"
done
