# A source on a downstream moves to the upstream, to another downstream and back: each time
# its stream is followed within a second. One source heard on two links at once is served
# from one of them and does not flap.
# rows: ipv4-igmpv3 ipv6-mldv2
downstream_new 1 h1
downstream_new 2 h3
downstream_new 3 h4
tap h1 h1 eth0
tap h3 h3 eth0
tap h4 h4 eth0
tap src src eth0
conf "interface up0 {
	upstream
	source any
}
interface down1 {
	downstream
	source any
}
interface down2 {
	downstream
	source any
}
interface down3 { downstream }"
daemon_start
mover=10.9.9.9
[ "$FAMILY" = 4 ] || mover=fd00:9::9
for ns in src h1 h3; do ip -n $ns addr add "$mover" dev eth0; done
join h4 "$G1"
# the ports tell the places apart
sends() { stream at-$1 "$1" "$G1" -- -s "$mover" -r 100 "${@:2}"; }

sends h1
flows h4 "$G1"
at=h1
for to in src h1 h3 src h3 h1; do
	tool_end at-$at
	: >"$LAB/$to.moved"
	moved=$(date +%s%3N)
	before=$(data h4 "$G1")
	sends $to
	expect_within 5 "the first packet from $to" at_least $((before + 5)) data h4 "$G1"
	arrived=$(tap_lines h4 in kind=data "dst=$G1" | awk -v n="$before" 'NR == n + 1 { printf "%.0f\n", $1 * 1000 }')
	sent=$(tap_lines $to out kind=data "dst=$G1" | awk -v t="$moved" '$1 * 1000 >= t { printf "%.0f\n", $1 * 1000; exit }')
	between "ms from the first packet that $to sent to the first that arrived" 0 $((arrived - sent)) 1000
	say "$at to $to: $((arrived - sent)) ms"
	at=$to
done
# the second link that it was heard on last may be an IPv6 kernel's own echo: one step more
moves=$(logged event=route_moved "family=ipv$FAMILY")
between "moves told" 6 "$moves" $((6 + (FAMILY == 6 ? 4 : 0)))

# h1 goes on, and the same source sends on the upstream, too
sends src
while_sending "$G1" 1000 exactly "$moves" logged event=route_moved "family=ipv$FAMILY"
expect "an entry that still comes in from the first" grep -q 'Iif: down1' <<<"$(entry "$G1")"
expect "wrong packets, or this test shows nothing" at_least 100 summary "$FAMILY" wrong_interface
resumes h4 "$G1" 1
tool_end at-h1
moved=$(date +%s%3N)
before=$(data h4 "$G1")
expect_within 10 "the stream from the link that is left" at_least $((before + 50)) data h4 "$G1"
