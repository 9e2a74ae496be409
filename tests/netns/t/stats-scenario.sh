# A script of joins, leaves and packets gives exactly these numbers, and no others, in every
# counter that there is: reports of two versions on two links, a denied group, a packet with
# a wrong checksum, a stream before, during and after membership (no packet flows while that
# changes). What is forwarded is what the links got. /json says the same. No counter goes
# back when the group ends, is joined again, and at a reload.
# rows: ipv4- ipv6-
downstream_new 1 h1
downstream_new 2 h3
if [ "$FAMILY" = 4 ]; then
	denied=239.5.5.5 v3=v3-report v2=v2-report leave=v2-leave new=igmpv3 old=igmpv2 size=40
else
	denied=ff1e::5 v3=mld2-report v2=mld1-report leave=mld1-done new=mldv2 old=mldv1 size=60
fi
# only what is said by hand is to be heard
for host in h1 h3; do in_ns $host sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1; done
for host in h1 h3 src; do tap $host $host eth0; done
conf 'query-interval 1000' 'query-response-interval 0.5' 'last-member-query-interval 0.3' \
	'interface up0 { upstream }' 'interface down1 { downstream }' "interface down2 {
	downstream
	deny group $denied
}"
daemon_start

host() { if [ "$FAMILY" = 4 ]; then gm "$@"; else gm "$1" -s "fe80::${1#h}" "${@:2}"; fi; }
# reaches N PACKETS-FOR-h1 PACKETS-FOR-h3: the source sends N, and the links get so many more
reaches() {
	local h1 h3
	h1=$(data h1 "$G1") h3=$(data h3 "$G1")
	in_ns src "$LAB_DIR/tools/mcsend" -i eth0 -r 200 -c "$1" "$G1"
	expect_within 5 "$2 of $1 packets on the first link" at_least $((h1 + $2)) data h1 "$G1"
	expect_within 5 "$3 of $1 packets on the second link" at_least $((h3 + $3)) data h3 "$G1"
	expect "no more on the first link" exactly $((h1 + $2)) data h1 "$G1"
	expect "no more on the second link" exactly $((h3 + $3)) data h3 "$G1"
}
# scrape NAME: without what depends on the machine: how fast it is, and what the kernel does on its own
scrape() {
	ask /metrics >"$LAB/$1.metrics"
	counters <"$LAB/$1.metrics" | grep -Ev '^(process_cpu|loop_hold|loop_cpu|[a-z_]*_bucket|log_messages)|interface="up0".*reason="own"' >"$LAB/$1"
}
# the first query, and what the proxy's own kernel answers, are over
is_quiet() {
	scrape first
	! wait_until 1 has_grown
}
has_grown() {
	scrape before
	[ -n "$(grown "$LAB/first" "$LAB/before")" ]
}
expect_within 10 "nothing but what this script does" is_quiet

reaches 30 0 0
host h1 $v3 "to_ex/$G1/"
expect_within 2 "the first link joined" entry_to "$G1" down1
reaches 40 40 0
host h3 $v2 "$G1"
expect_within 2 "the second link joined" entry_to "$G1" down2
reaches 25 25 25
expect "members on both links" [ "$(json /json/groups '[(m["interface"], m["compatibility"]) for m in j["groups"][0]["members"]]')" = "[('down1', '$new'), ('down2', '$old')]" ]
host h3 $v2 "$denied"
host h3 $leave "$G1"
expect_within 3 "the second link left" not entry_to "$G1" down2
reaches 20 20 0
host h1 --bad-checksum $v3 "to_ex/$G2/"
host h1 $v3 "to_in/$G1/"
expect_within 3 "the first link left" not entry_to "$G1" down1
expect_within 2 "left upstream" not subscribed "$G1"
reaches 15 0 0

scrape after
sed '/^$/d' >"$LAB/expected" <<EXPECTED
filter_hits_total{interface="down2",family="ipv$FAMILY",rule="1"} 1
group_blocked_packets_total{group="$G1"} 45
group_forwarded_bytes_total{group="$G1"} $((85 * size))
group_forwarded_packets_total{group="$G1"} 85
group_leaves_received_total{group="$G1"} 2
group_queries_sent_total{group="$G1"} 4
group_reports_received_total{group="$G1"} 2
ignored_packets_total{interface="down2",family="ipv$FAMILY",reason="filtered_group"} 1
interface_receive_bytes_total{interface="up0",family="ipv$FAMILY"} $((130 * size))
interface_receive_packets_total{interface="up0",family="ipv$FAMILY"} 130
interface_transmit_bytes_total{interface="down1",family="ipv$FAMILY"} $((85 * size))
interface_transmit_bytes_total{interface="down2",family="ipv$FAMILY"} $((25 * size))
interface_transmit_packets_total{interface="down1",family="ipv$FAMILY"} 85
interface_transmit_packets_total{interface="down2",family="ipv$FAMILY"} 25
join_to_forward_seconds_count{family="ipv$FAMILY"} 2
joins_total{interface="down1",family="ipv$FAMILY"} 1
joins_total{interface="down2",family="ipv$FAMILY"} 1
leave_to_prune_seconds_count{family="ipv$FAMILY"} 2
leaves_received_total{interface="down2",protocol="$old"} 1
malformed_packets_total{interface="down1",family="ipv$FAMILY",reason="bad_checksum"} 1
mfc_operations_total{family="ipv$FAMILY",operation="add"} 1
mfc_operations_total{family="ipv$FAMILY",operation="update"} 4
queries_sent_total{interface="down1",protocol="$new",kind="group"} 2
queries_sent_total{interface="down2",protocol="$new",kind="group"} 2
records_received_total{interface="down1",protocol="$new",record="to_ex"} 1
records_received_total{interface="down1",protocol="$new",record="to_in"} 1
reports_received_total{interface="down1",protocol="$new"} 2
reports_received_total{interface="down2",protocol="$old"} 2
upcalls_total{family="ipv$FAMILY",kind="nocache"} 1
upstream_joins_total{interface="up0",family="ipv$FAMILY"} 1
upstream_leaves_total{interface="up0",family="ipv$FAMILY"} 1
EXPECTED
grown "$LAB/before" "$LAB/after" >"$LAB/grown"
diff -u "$LAB/expected" "$LAB/grown" || fail "other numbers than these"

# the group again, and a reload: on from there
host h1 $v3 "to_ex/$G1/"
expect_within 2 "the first link joined again" entry_to "$G1" down1
reaches 10 10 0
hup ok
scrape again
cat >"$LAB/expected" <<EXPECTED
config_reloads_total 1
group_forwarded_bytes_total{group="$G1"} $((10 * size))
group_forwarded_packets_total{group="$G1"} 10
group_reports_received_total{group="$G1"} 1
interface_receive_bytes_total{interface="up0",family="ipv$FAMILY"} $((10 * size))
interface_receive_packets_total{interface="up0",family="ipv$FAMILY"} 10
interface_transmit_bytes_total{interface="down1",family="ipv$FAMILY"} $((10 * size))
interface_transmit_packets_total{interface="down1",family="ipv$FAMILY"} 10
join_to_forward_seconds_count{family="ipv$FAMILY"} 1
joins_total{interface="down1",family="ipv$FAMILY"} 1
mfc_operations_total{family="ipv$FAMILY",operation="update"} 1
records_received_total{interface="down1",protocol="$new",record="to_ex"} 1
reports_received_total{interface="down1",protocol="$new"} 1
upstream_joins_total{interface="up0",family="ipv$FAMILY"} 1
EXPECTED
grown "$LAB/after" "$LAB/again" >"$LAB/grown"
diff -u "$LAB/expected" "$LAB/grown" || fail "other numbers than these after leave, join and reload"

# the same in JSON
of_group() { json /json/groups "[g['$1'] for g in j['groups'] if g['group'] == '$G1'][0]"; }
of_link() { json /json/interfaces "[f['counters']$2 for i in j['interfaces'] if i['name'] == '$1' for f in i['families'] if f['family'] == 'ipv$FAMILY'][0]"; }
expect "in JSON: bytes of packets" [ "$(json /json/routes "[(r['packets'], r['bytes'], r['blocked_packets'], r['oifs']) for r in j['routes']]")" = "[(95, $((95 * size)), 45, ['down1'])]" ]
for pair in forwarded_packets=95 blocked_packets=45 reports=3 leaves=2 queries_sent=4 joins=3; do
	expect "in JSON: $pair" [ "$(of_group ${pair%=*})" = "${pair#*=}" ]
done
for pair in "down1 ['reports']['$new'] 3" "down1 ['records']['to_ex'] 2" "down1 ['joins'] 2" \
	"down2 ['reports']['$old'] 2" "down2 ['leaves'] 1" "down2 ['queries_sent']['group'] 2" "down2 ['ignored']['filtered_group'] 1"; do
	set -- $pair
	expect "in JSON: $pair" [ "$(of_link "$1" "$2")" = "$3" ]
done
