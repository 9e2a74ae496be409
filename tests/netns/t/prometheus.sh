# A real Prometheus scrapes the daemon, on its loopback port and through the bridge of contrib
# in front of its socket, and says exactly what happened: reports of two hosts, packets and
# bytes of a stream. Whatever the dashboard of contrib asks has an answer. The alerts of contrib
# are silent then; a refused reload sets off its own.
# needs: prometheus systemd-socket-activate
# rows: ipv4- ipv6-
CONTRIB=$LAB_DIR/../../contrib
downstream_new 1 h1
downstream_new 2 h3
if [ "$FAMILY" = 4 ]; then
	v3=v3-report v2=v2-report new=igmpv3 old=igmpv2 size=40
else
	v3=mld2-report v2=mld1-report new=mldv2 old=mldv1 size=60
fi
# only what is said by hand is to be heard
for host in h1 h3; do in_ns $host sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1; done
tap h1 h1 eth0
CONF_STATS='listen on 127.0.0.1 port 9550' conf "$(links 1 2)"
daemon_start

# the bridge as its unit starts it, but for the socket's path
bridge=$(sed -n 's/^ExecStart=//p' "$CONTRIB/prometheus/mcast-proxy-metrics.service")
in_ns proxy systemd-socket-activate -l 127.0.0.1:9551 ${bridge/"/run/mcast-proxy/stats.sock"/"$LAB/run/conf.sock"} \
	>"$LAB/bridge" 2>&1 &
TOOL_PID[bridge]=$!
cp "$CONTRIB/prometheus/mcast-proxy.rules.yml" "$LAB/"
cat >"$LAB/prometheus.yml" <<CONFIG
global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
rule_files: [ mcast-proxy.rules.yml ]
scrape_configs:
  - { job_name: mcast-proxy, static_configs: [ { targets: [ "127.0.0.1:9550" ] } ] }
  - { job_name: bridge, static_configs: [ { targets: [ "127.0.0.1:9551" ] } ] }
CONFIG
in_ns proxy prometheus --config.file="$LAB/prometheus.yml" --storage.tsdb.path="$LAB/prometheus" \
	--web.listen-address=127.0.0.1:9090 >"$LAB/prometheus.log" 2>&1 &
TOOL_PID[prometheus]=$!

# query EXPRESSION: the values of its answer, one a line
query() {
	in_ns proxy curl -sS --max-time 10 127.0.0.1:9090/api/v1/query --data-urlencode "query=$1" |
		python3 -c 'import json, sys; print("\n".join(r["value"][1] for r in json.load(sys.stdin)["data"]["result"]))'
}
says() { [ "$(query "$1" 2>>"$LAB/queries")" = "$2" ]; }
both() { says "$1" "$2"$'\n'"$2"; }
now_of() { query "count_over_time(up{job=\"$1\"}[5m])"; }
expect_within 20 "both targets up" both 'up' 1

host() { if [ "$FAMILY" = 4 ]; then gm "$@"; else gm "$1" -s "fe80::${1#h}" "${@:2}"; fi; }
host h1 $v3 "to_ex/$G1/"
host h3 $v2 "$G1"
expect_within 5 "both links joined" subscribed "$G1"
in_ns src "$LAB_DIR/tools/mcsend" -i eth0 -r 200 -c 123 "$G1"
expect_within 5 "the packets on the link" exactly 123 data h1 "$G1"

told() {
	both "mcast_proxy_group_forwarded_packets_total{group=\"$G1\"}" 123 &&
		both "mcast_proxy_group_forwarded_bytes_total{group=\"$G1\"}" $((123 * size)) &&
		both "mcast_proxy_group_reports_received_total{group=\"$G1\"}" 2 &&
		both "mcast_proxy_reports_received_total{interface=\"down1\",protocol=\"$new\"}" 1 &&
		both "mcast_proxy_reports_received_total{interface=\"down2\",protocol=\"$old\"}" 1 &&
		both "sum by (job) (mcast_proxy_interface_transmit_packets_total{family=\"ipv$FAMILY\",interface=~\"down.\"})" 246 &&
		both "mcast_proxy_groups_by_reason{family=\"ipv$FAMILY\",reason=\"forwarding\"}" 1
}
expect_within 10 "these numbers" told
seen_before=$(now_of bridge)
expect_within 10 "three more scrapes" at_least $((seen_before + 3)) now_of bridge
expect "the same numbers" told
expect "no alert" says 'count(ALERTS{alertstate="firing"}) or vector(0)' 0
# what ends in > 0 shows faults only
"$LAB_DIR/../contrib/dashboard" "$CONTRIB/grafana/mcast-proxy.json" expressions | grep -v ' > 0$' >"$LAB/dashboard"
while read -r expression; do
	expect "an answer to the dashboard" [ -n "$(query "$expression")" ]
done <"$LAB/dashboard"
expect "a dashboard" [ -s "$LAB/dashboard" ]

echo 'upstream upstream' >>"$LAB/conf"
hup failed
expect_within 10 "the alert of the refused reload, for both" both \
	'ALERTS{alertname="McastProxyConfigReloadFailed",alertstate="firing"}' 1
