# max-groups, max-sources and max-flows: at each limit what is there goes on, what is new is
# refused, counted, and logged with a rate limit; when room comes, the next one is taken.
# rows: ipv4- ipv6-
downstream_new 1 h1
tap h1 h1 eth0
tap src src eth0
if [ "$FAMILY" = 4 ]; then report=v3-report first=239.7.0. sources=10.0.0. ; else report=mld2-report first=ff1e::7: sources=fd00:: ; fi
conf 'max-groups 10' 'max-sources 5' 'max-flows 4' 'last-member-query-interval 0.3' "$(links 1)"
daemon_start
joined() { ip -n proxy maddr show dev up0 | grep -Fc " $first" || true; }
refusals() { logged event=limit_reached "family=ipv$FAMILY" "limit=$1"; }

# sources
gm h1 "$report" "allow/$G2/${sources}21,${sources}22,${sources}23,${sources}24,${sources}25"
for n in {21..40}; do ip -n src addr add "$sources$n/$([ "$FAMILY" = 4 ] && echo 24 || echo 64)" dev eth0; done
gm h1 "$report" "allow/$G2/$(echo "$sources"{26..40} | tr ' ' ,)"
stream wanted src "$G2" -- -s "${sources}21"
stream refused src "$G2" -- -s "${sources}30"
flows_on h1 "$G2"
while_sending "$G2" 50 exactly 0 seen h1 in kind=data "src=${sources}30"
expect_within 2 "a line about sources" at_least 1 refusals sources
reached() { metric limit_reached_total "limit=$1"; }
expect "each of them counted" exactly 15 reached sources
expect "five are there" [ "$(json /json/groups "[len(m['sources']) for g in j['groups'] if g['group'] == '$G2' for m in g['members']]")" = "[5]" ]
tool_end refused

# groups
records=()
for n in {1..8}; do records+=("to_ex/$first$n/"); done
gm h1 "$report" "${records[@]}" "to_ex/$G1/"
stream tv src "$G1" -- -s "$(address 0 2)"
flows_on h1 "$G1"
expect_within 3 "ten groups with that one" exactly 8 joined
for n in {9..59}; do records[n]="to_ex/$first$n/"; done
gm h1 "$report" "${records[@]:8}"
expect_within 2 "a line about it" at_least 1 refusals groups
while_sending "$G1" 25 exactly 8 joined
between "lines about 51 refusals" 5 "$(refusals groups)" 10
expect "each of them counted" exactly 51 reached groups
expect "no more groups than ten" exactly 10 metric groups interface=down1 "family=ipv$FAMILY"
gm h1 "$report" "to_in/${first}1/"
expect_within 4 "room" exactly 7 joined
gm h1 "$report" "to_ex/${first}77/"
expect_within 2 "one more, now that there is room" exactly 8 joined
flows_on h1 "$G1"
expect "none of that counted again" [ "$(reached groups) $(reached sources) $(reached mfc)" = "51 15 0" ]

# flows: two are wanted; unwanted ones take turns in the rest
flow_count() { ip -n proxy "-$FAMILY" mroute show | grep -c 'Iif: up0' || true; }
many=()
for n in {101..120}; do many+=("$first$n"); done
stream unwanted src "${many[@]}" -- -r 20
while_sending "${first}101" 20 at_most 4 flow_count
expect "the flows that are wanted" entry_to "$G1" down1
expect "the flows that are wanted" entry_to "$G2" down1
resumes h1 "$G1" 2
resumes h1 "$G2" 2
gm h1 "$report" "to_ex/${first}77/" "to_in/${first}3/" "to_in/${first}4/" "to_in/${first}5/"
expect_within 4 "room" at_most 6 joined
gm h1 "$report" "to_ex/${first}101/" "to_ex/${first}102/" "to_ex/${first}103/"
expect_within 3 "a line about it, however many there are about groups" at_least 1 refusals mfc
expect "four at most" at_most 4 flow_count
resumes h1 "$G1" 2
between "lines about it" 1 "$(refusals mfc)" 11
