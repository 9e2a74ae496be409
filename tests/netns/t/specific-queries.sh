# What goes out when members leave (RFC 9776 section 6.6.3): last member query count questions,
# an interval apart. A list of sources that is too long for the link is split, into as many as
# a packet takes and the rest. What is reported meanwhile is asked about once more, with the
# S flag and in a packet of its own, and stays; the rest ends with the last member query time.
# rows: ipv4-igmpv3 ipv6-mldv2
downstream_new 1 h1
tap h1 h1 eth0
tap src src eth0
# in a packet: what the MTU leaves behind IP header, Router Alert and the head of a query
case $FAMILY in
4) report=v3-report mtu=600 most=$(((600 - 24 - 12) / 4)) ;;
6) report=mld2-report mtu=1280 most=$(((1280 - 48 - 28) / 16)) ;;
esac
conf 'max-sources 1000' 'query-response-interval 0.5' 'last-member-query-interval 2' "$(links 1)"
daemon_start
ip -n proxy link set down1 mtu $mtu # below 1280 IPv6 is gone there

sources=()
for ((n = 1; n <= 3 * most + 1; n++)); do
	case $FAMILY in
	4) sources+=("10.0.$((n / 250)).$((n % 250 + 1))") ;;
	6) sources+=("fd00::$(printf %x $((n + 256)))") ;;
	esac
done
list() { tr ' ' , <<<"${sources[*]:$1:$2}"; }
# about_sources S: of the queries about the group's sources, how many each had, one a line
about_sources() { tap_lines h1 in kind=query "group=$G1" "s=$1" | sed -n 's/.* sources=\([^ ]\+\).*/\1/p' | awk -F, '{ print NF }'; }
# spacing WORD...: ms between the first and the last query of the group with these words
spacing() { echo $(($(last_time h1 in kind=query "$@") - $(first_time h1 in kind=query "$@"))); }
known() { json /json/groups "[len(m['sources']) for g in j['groups'] if g['group'] == '$G1' for m in g['members']]"; }
knows() { [ "$(known)" = "$1" ]; }

for ((n = 0; n < ${#sources[@]}; n += 50)); do gm h1 "$report" "allow/$G1/$(list $n 50)"; done
expect_within 3 "all sources known" knows "[${#sources[@]}]"
gm h1 "$report" "to_in/$G1/"
expect_within 2 "four questions" at_least 4 seen h1 in kind=query "group=$G1"
gm h1 "$report" "allow/$G1/$(list 10 7)"
expect_within 4 "the second time" at_least 5 seen h1 in kind=query "group=$G1" s=0
expect_within 3 "the end of the rest" knows "[7]"
expect "three full packets and one source; the second time those that nobody spoke for" \
	[ "$(about_sources 0 | tr '\n' ' ')" = "$most $most $most 1 $most $most $((most - 6)) " ]
expect "those that were reported, by themselves" [ "$(about_sources 1)" = 7 ]
expect "which they are" at_least 1 seen h1 in kind=query s=1 "sources=$(list 10 7)"
expect "each source once in a series" [ "$(tap_lines h1 in kind=query "group=$G1" | sed 's/.* sources=\([^ ]*\).*/\1/' | tr , '\n' |
	sort | uniq -c | awk '{ print $1 }' | sort -u)" = 2 ]
between "ms between the two times, 2000 being the interval" 1950 "$(spacing "group=$G1")" 2300
expect "the time to answer, in all" exactly 8 seen h1 in kind=query "group=$G1" maxresp=2.0 ttl=1 ra=1 cksum=ok trailing=0

# about a group: the same with one that is reported meanwhile, and one that is not
for group in "$G2" "${G2%?}3"; do
	gm h1 "$report" "to_ex/$group/"
	expect_within 2 "the group" subscribed "$group"
	gm h1 "$report" "to_in/$group/"
done
expect_within 2 "the first questions" at_least 1 seen h1 in kind=query "group=${G2%?}3" s=0 sources=
gm h1 "$report" "is_ex/$G2/"
expect_within 4 "the second question, with the S flag" at_least 1 seen h1 in kind=query "group=$G2" s=1 sources=
expect_within 4 "the end of the other" not subscribed "${G2%?}3"
expect "no more questions about the one" [ "$(seen h1 in kind=query "group=$G2" s=0) $(seen h1 in kind=query "group=$G2")" = "1 2" ]
expect "nor about the other" [ "$(seen h1 in kind=query "group=${G2%?}3" s=0) $(seen h1 in kind=query "group=${G2%?}3")" = "2 2" ]
between "ms between the two times" 1950 "$(spacing "group=${G2%?}3")" 2300
expect "the one is kept" subscribed "$G2"
