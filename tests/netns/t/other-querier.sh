# While another router is querier, what it asks is asked of us too. Its robustness and interval
# are taken over, in all forms of the octet (RFC 9776 4.1.6, 4.1.7; RFC 9777 5.1.8, 5.1.9), and
# 0, or a version that has none, leaves ours; they decide how long it is waited for and how long
# members live. Its specific queries end after the last member query time what nobody reports
# again (6.6.1), unless they carry the S flag. Nothing of that makes us ask.
# rows: ipv4- ipv6-
# timeout: 120
downstream_new 1 h1
tap h1 h1 eth0
tap src src eth0
ip -n proxy "-$FAMILY" addr flush dev down1
if [ "$FAMILY" = 4 ]; then
	ip -n proxy addr add 10.0.1.100/24 dev down1
	lower=10.0.1.50 query=v3-query old=v2-query report=v3-report len=24
else
	ip -n proxy addr add fe80::100/64 dev down1 nodad
	lower=fe80::50 query=mld2-query old=mld1-query report=mld2-report len=64
fi
a=$(address 0 21) b=$(address 0 22)
for source in $a $b; do ip -n src addr add "$source/$len" dev eth0; done
conf 'robustness 3' 'query-interval 4' 'query-response-interval 0.5' 'last-member-query-interval 0.5' \
	'last-member-query-count 2' 'interface up0 { upstream }' 'interface down1 {
	downstream
	always-forward yes
}' # 1 s to answer; forwarding shows what is known of members
daemon_start
stream tv_a src "$G1" -- -s "$a" -r 100
stream tv_b src "$G1" -- -s "$b" -r 100
# other OPTION...: a query of the other router, half a second for the answer
other() { gm h1 -s "$lower" -m 5 "$@"; }
of_family() { echo "[f for i in j['interfaces'] if i['name'] == 'down1' for f in i['families'] if f['family'] == 'ipv$FAMILY'][0]"; }
is_querier() { [ "$(json /json/interfaces "$(of_family)['querier']['self']")" = True ]; }
present() { json /json/interfaces "$(of_family)['querier']['expires']"; }
lives() { json "/json/groups" "[m['expires'] for g in j['groups'] if g['group'] == '$G1' for m in g['members']][0]"; }
has_member() { [ "$(json /json/groups "'$G1' in [g['group'] for g in j['groups']]")" = True ]; }
# counts_down WORDS SPAN VALUE: it was set to the span at some time since $began
counts_down() {
	awk -v s="$2" -v v="$3" -v gone=$(($(now_us) - began)) 'BEGIN { exit !(v >= s - gone / 1000000 - 0.02 && v <= s) }' ||
		fail "$1: $3, wanted $2 less $(($(now_us) - began)) us at most"
}

# adopts KIND QRV QQIC SPAN: our robustness times our interval is SPAN then
adopts() {
	local began
	began=$(now_us)
	other -r "$2" -q "$3" "$1"
	expect_within 2 "we gave way" not is_querier
	expect "$1 of robustness $2, interval code $3: shown" \
		[ "$(json /json/interfaces "$(of_family)['querier']['robustness'] * $(of_family)['querier']['query_interval']")" = "$4.0" ]
	gm h1 "$report" "is_ex/$G1/"
	expect_within 2 "a member" has_member
	counts_down "$1 of robustness $2, interval code $3: how long it is waited for" "$(awk "BEGIN { print $4 + 0.25 }")" "$(present)"
	counts_down "$1 of robustness $2, interval code $3: how long a member lives" $(($4 + 1)) "$(lives)"
}
adopts "$query" 2 10 20
adopts "$query" 7 100 700
adopts "$query" 3 127 381
adopts "$query" 2 128 256 # from here on a mantissa and an exponent: 16 << 3
adopts "$query" 2 143 496 # 31 << 3
adopts "$query" 1 158 480 # 30 << 4
adopts "$query" 5 255 18000 # 31 << 10 is nearly nine hours; more than one is not believed
adopts "$query" 0 10 30
adopts "$query" 4 0 16
adopts "$query" 0 0 12
adopts "$query" 2 10 20
adopts "$old" 2 10 12

# what the other asks about
asked() { seen h1 in kind=query "group=$G1"; }
data_of() { seen h1 in kind=data "dst=$G1" "src=$1"; }
flowing() { expect_within 3 "the stream of $1" at_least $(($(data_of "$1") + 10)) data_of "$1"; }
goes_to() { entry "$G1" "$1" | grep -q 'Oifs:.*down1'; }
# goes_at_lmqt SOURCE: a second after the last query of the other one
goes_at_lmqt() {
	expect_within 3 "the end of $1" not goes_to "$1"
	between "ms from the query to the last packet of $1" 900 $(($(last_time h1 in kind=data "dst=$G1" "src=$1") -
		$(last_time h1 out kind=query "group=$G1"))) 1500
}
other -r 2 -q 100 "$query"
began=$(now_us)
gm h1 "$report" "to_ex/$G1/"
flowing "$a"
other -S -r 2 -q 100 "$query" "$G1"
while_sending "$G1" 500 goes_to "$a"
counts_down "with S, no timer lowered" 201 "$(lives)"
other -r 2 -q 100 "$query" "$G1"
gm h1 "$report" "is_ex/$G1/"
while_sending "$G1" 500 goes_to "$a"
other -r 2 -q 100 "$query" "$G1"
goes_at_lmqt "$a"

gm h1 "$report" "to_in/$G1/$a,$b"
flowing "$a"
flowing "$b"
other -S -r 2 -q 100 "$query" "$G1" "$a"
while_sending "$G1" 500 goes_to "$a"
other -r 2 -q 100 "$query" "$G1" "$a"
gm h1 "$report" "is_in/$G1/$a"
while_sending "$G1" 500 goes_to "$a"
other -r 2 -q 100 "$query" "$G1" "$a"
goes_at_lmqt "$a"
while_sending "$G1" 300 goes_to "$b"
flowing "$b"
expect "we asked nothing in all that time" exactly 0 asked
expect "not querier yet" not is_querier

# it falls silent: both spans, to the end. 3 x 4 s would be ours
other -r 1 -q 3 "$query"
gm h1 "$report" "to_ex/$G1/"
flowing "$a"
before=$(seen h1 in kind=query "dst=$ALL_HOSTS")
expect_within 6 "the end of a member of 4 s" not goes_to "$a"
between "ms that it lived" 3900 $(($(last_time h1 in kind=data "dst=$G1" "src=$a") - $(last_time h1 out kind=report "records~$G1"))) 4500
expect_within 6 "our queries" at_least $((before + 1)) seen h1 in kind=query "dst=$ALL_HOSTS"
took=$(($(tap_lines h1 in kind=query "dst=$ALL_HOSTS" | awk -v n=$((before + 1)) 'NR == n { printf "%.0f\n", $1 * 1000 }') -
	$(last_time h1 out kind=query)))
between "ms until we were querier again" 3200 $took 3700
