# What hosts on three links want of one group, merged (RFC 4605 section 3.2) and read from
# the wire: the answer of the proxy to a query upstream, for each combination of modes, each
# reached in place from the one before. Then streams: each link gets the sources that it
# asked for, also while another wants everything.
# rows: ipv4-igmpv3 ipv6-mldv2
# timeout: 120
downstream_new 1 h1
downstream_new 2 h3
downstream_new 3 h4
tap h1 h1 eth0
tap h3 h3 eth0
tap h4 h4 eth0
tap src src eth0
a=$(address 0 21) b=$(address 0 22) c=$(address 0 23)
for source in $a $b $c; do ip -n src addr add "$source/$([ "$FAMILY" = 4 ] && echo 24 || echo 64)" dev eth0; done
report=$([ "$FAMILY" = 4 ] && echo v3-report || echo mld2-report)
query=$([ "$FAMILY" = 4 ] && echo v3-query || echo mld2-query)
conf "$(links 1 2 3)"
daemon_start

# wants HOST MODE[:SOURCE,...]: the host says its whole state
wants() { gm "$1" "$report" "to_${2%%:*}/$G1/$(sed 's/^[^:]*:*//' <<<"$2")"; }
# answers RECORD: the answer to a query, sources sorted
answers() {
	gm src -m 1 -s "$(querier)" "$query" "$G1"
	wait_until 1 answered "$1"
}
querier() { [ "$FAMILY" = 4 ] && address 0 2 || echo fe80::1; }
answered() {
	[ "$(tap_lines src in kind=report | grep -F "is_" | grep -F "/$G1/" | tail -n 1 | sed 's/.*records=//' |
		tr , '\n' | sed 's,.*/,&\n,' | grep -v '^$' | sort | tr '\n' ,)" = "$1" ]
}
merged() {
	local want="is_$4/$G1/," source
	for source in ${5//,/ }; do want+=$source,; done
	wants h1 "$1"
	wants h3 "$2"
	wants h4 "$3"
	want=$(tr , '\n' <<<"$want" | grep -v '^$' | sort | tr '\n' ,)
	expect_within 5 "upstream of $1 + $2 + $3: $want" answers "$want"
}
# first: what h1, h3 and h4 want; then what must go upstream
merged in:$a in:$b in in $a,$b
merged in:$a in:$b,$c in:$a in $a,$b,$c
merged in:$a ex in:$b ex ''
merged in:$a ex:$a,$b in ex $b
merged in:$a ex:$b,$c in:$b ex $c
merged ex:$a,$b ex:$b,$c in ex $b
merged ex:$a,$b ex:$b,$c ex:$b ex $b
merged ex:$a ex:$b ex:$c ex ''
merged ex:$a,$b ex:$a,$b,$c in:$a ex $b
merged in:$a,$b in:$b in:$b,$c in $a,$b,$c

# streams of all three, and only what is wanted
for source in $a $b $c; do stream "tv$source" src "$G1" -- -s "$source" -r 25; done
only() {
	local source
	for source in $a $b $c; do
		case ,$2, in
		*,$source,*) expect_within 5 "$source at $1" at_least 10 seen "$1" in kind=data "src=$source" ;;
		*) expect "no $source at $1" exactly 0 seen "$1" in kind=data "src=$source" ;;
		esac
	done
}
while_sending "$G1" 90 true
only h1 $a,$b
only h3 $b
only h4 $b,$c
wants h4 ex
for source in $a $b $c; do
	expect_within 5 "$source where everything is wanted" at_least $(($(seen h4 in kind=data "src=$source") + 10)) seen h4 in kind=data "src=$source"
done
only h1 $a,$b
only h3 $b
