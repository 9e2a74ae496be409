# 100 sources of one IPv4 and of one IPv6 group go upstream as one INCLUDE of all of them,
# with every sysctl at its default, and flow, each of them and no other.
# rows: ipv4-igmpv3 ipv6-mldv2
downstream_new 1 h1
tap h1 h1 eth0
tap src src eth0
report=$([ "$FAMILY" = 4 ] && echo v3-report || echo mld2-report)
query=$([ "$FAMILY" = 4 ] && echo v3-query || echo mld2-query)
querier=$([ "$FAMILY" = 4 ] && address 0 2 || echo fe80::1)
size=$([ "$FAMILY" = 4 ] && echo 24 || echo 64)
sources=()
for n in {101..200}; do
	sources+=("$(address 0 $n)")
	ip -n src addr add "$(address 0 $n)/$size" dev eth0
done
ip -n src addr add "$(address 0 99)/$size" dev eth0
conf "$(links 1)"
daemon_start
half() { tr ' ' , <<<"${sources[*]:$1:50}"; }
gm h1 "$report" "to_in/$G1/$(half 0)"
gm h1 "$report" "allow/$G1/$(half 50)"
# one record may fill more than one packet: all is_in of the last answer
asked() {
	gm src -m 1 -s "$querier" "$query" "$G1"
	wait_until 1 answered
}
answered() {
	[ "$(tap_lines src in kind=report | grep -F "is_in/$G1/" | sed 's/.*records=//' | tr ';' '\n' | sed 's,.*/,,' |
		tr , '\n' | sort -u)" = "$(printf '%s\n' "${sources[@]}" | sort -u)" ]
}
expect_within 10 "the answer upstream with all 100" asked
expect "nothing but INCLUDE" exactly 0 grep -c "_ex/$G1/" <<<"$(tap_lines src in kind=report)"
for n in 99 101 150 200; do stream "tv$n" src "$G1" -- -s "$(address 0 $n)"; done
for n in 101 150 200; do
	expect_within 5 "the stream of $(address 0 $n)" at_least 10 seen h1 in kind=data "src=$(address 0 $n)"
done
while_sending "$G1" 50 exactly 0 seen h1 in kind=data "src=$(address 0 99)"
