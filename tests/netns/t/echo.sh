# A source moves between downstreams, and the upstream may not carry it. An IPv6 kernel
# hears on the upstream what it sends there itself: that must neither delay the move nor
# be told as a source that was refused.
# rows: ipv4-igmpv3 ipv6-mldv2
downstream_new 1 h1
downstream_new 2 h3
downstream_new 3 h4
tap h1 h1 eth0
tap h3 h3 eth0
tap h4 h4 eth0
conf 'interface up0 { upstream }' 'interface down1 {
	downstream
	source any
}' 'interface down2 {
	downstream
	source any
}' 'interface down3 { downstream }'
daemon_start
mover=10.9.9.9
[ "$FAMILY" = 4 ] || mover=fd00:9::9
for ns in h1 h3; do ip -n $ns addr add "$mover" dev eth0; done
join h4 "$G1"
stream at-h1 h1 "$G1" -- -s "$mover" -r 100
flows h4 "$G1"
at=h1
for to in h3 h1 h3; do
	tool_end at-$at
	before=$(data h4 "$G1") was=$(seen $to out kind=data)
	stream at-$to $to "$G1" -- -s "$mover" -r 100
	expect_within 5 "the first packet from $to" at_least $((before + 5)) data h4 "$G1"
	arrived=$(tap_lines h4 in kind=data "dst=$G1" | awk -v n="$before" 'NR == n + 1 { printf "%.0f\n", $1 * 1000 }')
	sent=$(tap_lines $to out kind=data "dst=$G1" | awk -v n="$was" 'NR == n + 1 { printf "%.0f\n", $1 * 1000 }')
	between "ms from the first packet that $to sent to the first that arrived" 0 $((arrived - sent)) 1000
	at=$to
done
expect "each move told" at_least 3 logged event=route_moved "family=ipv$FAMILY"
expect "no source refused" exactly 0 logged event=source_refused "family=ipv$FAMILY"
