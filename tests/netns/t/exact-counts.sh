# What is counted when every message is known, since all are made by hand: each hit of an allow
# or deny line, and in the SSM range EXCLUDE records and messages of old versions, which are taken
# and counted unless ssm-strict says otherwise, for all links or for one (RFC 9776 6.4).
# rows: ipv4- ipv6-
downstream_new 1 h1
downstream_new 2 h3
tap src src eth0
if [ "$FAMILY" = 4 ]; then
	report=v3-report old=(v1-report v2-report) prefix=239.5.0. net=239.5.0.0/16 all=0.0.0.0/0 length=/32 ssm=232.1.1.
else
	report=mld2-report old=(mld1-report) prefix=ff1e::5: net=ff1e::5:0/112 all=::/0 length=/128 ssm=ff3e::1:
fi
a=$(address 0 21) b=$(address 0 22)
rules() {
	echo "	deny group ${prefix}66$length
	allow group ${prefix}7$length source $a$length
	deny group ${prefix}7$length
	deny group ${prefix}8$length source $b$length
	allow group $net
	allow group ${ssm}0/$([ "$FAMILY" = 4 ] && echo 24 || echo 112)
	deny group $all"
}
# configured GLOBAL DOWN1 DOWN2
configured() { conf "$1" 'interface up0 { upstream }' "interface down1 {
	downstream
	$2
$(rules)
}" "interface down2 {
	downstream
	$3
}"; }
configured '' '' ''
daemon_start
hits() { ask /metrics | sed -n "s/^mcast_proxy_filter_hits_total{interface=\"down1\",family=\"ipv$FAMILY\",rule=\"\(.*\)\"} \(.*\)/\1:\2/p" | tr '\n' ' '; }
hits_shown() { json /json "' '.join('%d:%d' % (f['rule'], f['hits']) for f in j['filters'] if f['interface'] == 'down1' and f['family'] == 'ipv$FAMILY') + ' '"; }
is_hits() { [ "$(hits)" = "$1" ]; }
# ssm LINK: of down1 or down2, "taken ignored"
ssm() { json /json/interfaces "[('%d %d' % (f['counters']['ssm_lenient'], f['counters']['ignored']['ssm_strict'])) for i in j['interfaces'] if i['name'] == 'down$1' for f in i['families'] if f['family'] == 'ipv$FAMILY'][0]"; }
is_ssm() { [ "$(ssm "$1")" = "$2" ]; }

# rules: a record without sources is one decision, each source that is asked for is one
expect "no hit yet: $(hits)" is_hits "1:0 2:0 3:0 4:0 5:0 6:0 7:0 "
gm h1 -n 3 "$report" "to_ex/${prefix}66/"
gm h1 -n 2 "$report" "allow/${prefix}7/$a,$b"
gm h1 "$report" "allow/${prefix}8/$a,$b"
gm h1 -n 4 "$report" "to_ex/${prefix}9/"
gm h1 "${old[-1]}" "${prefix}10"
gm h1 -n 2 "$report" "to_ex/$G1/" "to_in/$G2/$a"
expect_within 2 "the hits, one by one: $(hits)" is_hits "1:3 2:2 3:2 4:1 5:6 6:0 7:4 "
expect "the same in JSON: $(hits_shown)" [ "$(hits_shown)" = "$(hits)" ]
expect "the groups refused, each time" exactly 7 metric ignored_packets_total interface=down1 "family=ipv$FAMILY" reason=filtered_group
expect "nothing of an allowed group lost" subscribed "${prefix}9"

# odd_ones HOST FIRST: EXCLUDE of both kinds, each old version; and what is never odd
odd_ones() {
	gm "$1" -n 2 "$report" "to_ex/$ssm$2/" "is_ex/$ssm$2/"
	for version in "${old[@]}"; do gm "$1" "$version" "$ssm$2"; done
	gm "$1" "$report" "to_in/$ssm$(($2 + 1))/$a" "allow/$ssm$(($2 + 1))/$b" "is_ex/${prefix}9/"
}
odd=$((4 + ${#old[@]}))
odd_ones h1 10
odd_ones h3 20
for link in 1 2; do expect_within 2 "all taken by default, and counted" is_ssm $link "$odd 0"; done
expect_within 2 "joined for all sources" subscribed "${ssm}10"
expect_within 2 "INCLUDE joined" subscribed "${ssm}21"

# for all links, but one
configured 'ssm-strict yes' '' 'ssm-strict no'
hup ok
odd_ones h1 30
odd_ones h3 40
expect_within 2 "ignored on the link that says nothing, and counted" is_ssm 1 "$odd $odd"
expect_within 2 "taken on the one that says no" is_ssm 2 "$((2 * odd)) 0"
expect_within 2 "INCLUDE is taken all the same" subscribed "${ssm}31"
expect_within 2 "taken: joined" subscribed "${ssm}40"
expect "ignored: not joined" not subscribed "${ssm}30"
expect "in /metrics too" exactly $odd metric ignored_packets_total interface=down1 "family=ipv$FAMILY" reason=ssm_strict

# for one link alone
configured '' '' 'ssm-strict yes'
hup ok
odd_ones h1 50
odd_ones h3 60
expect_within 2 "taken again where nothing is said" is_ssm 1 "$((2 * odd)) $odd"
expect_within 2 "ignored on the other" is_ssm 2 "$((2 * odd)) $odd"
expect_within 2 "taken: joined" subscribed "${ssm}50"
expect "ignored: not joined" not subscribed "${ssm}60"
expect "the other one's INCLUDE" subscribed "${ssm}61"
