# What the unit of contrib/node-exporter does: a file that a real node exporter serves without
# a complaint, renamed into place, with the packets that flowed. While the daemon is away the
# unit fails and leaves the file alone.
# needs: prometheus-node-exporter promtool
# rows: ipv4-igmpv3
UNIT=$LAB_DIR/../../contrib/node-exporter/mcast-proxy-textfile.service
FILE=$LAB/textfile/mcast_proxy.prom
downstream_new 1 h1
conf "$(links 1)"
daemon_start
join h1 "$G1"
stream tv src "$G1" -- -c 100 -r 200
expect_within 10 "100 packets" at_least 100 received h1 "$G1"

# the unit's own commands, one after the other as systemd runs them, on the lab's paths
mkdir "$LAB/textfile" "$LAB/runtime"
sed -n 's/^ExecStart=//p' "$UNIT" | sed "s|^/usr/bin/mcast-proxyctl|${DAEMON%/*}/mcast-proxyctl -s $LAB/run/conf.sock|" >"$LAB/commands"
expect "two commands" exactly 2 grep -c . "$LAB/commands"
run_unit() { RUNTIME_DIRECTORY=$LAB/runtime OUT=$FILE in_ns proxy sh -eu "$LAB/commands" 2>>"$LAB/unit"; }
expect "the unit runs" run_unit
expect "promtool content" promtool check metrics <"$FILE"
expect "for everybody to read" [ "$(stat -c %a "$FILE")" = 644 ]

in_ns proxy setpriv --reuid nobody --regid nogroup --clear-groups prometheus-node-exporter --web.listen-address=127.0.0.1:9100 --collector.disable-defaults \
	--collector.textfile --collector.textfile.directory="$LAB/textfile" >"$LAB/exporter" 2>&1 &
TOOL_PID[exporter]=$!
exported() { in_ns proxy curl -sS --max-time 5 127.0.0.1:9100/metrics >"$LAB/exported" 2>/dev/null; }
expect_within 10 "the exporter" exported
expect "100 packets in it" [ "$(sample_of group_forwarded_packets_total "group=$G1" <"$LAB/exported")" = 100 ]
expect "no error of the collector" grep -qx 'node_textfile_scrape_error 0' "$LAB/exported"
expect "no complaint" not grep -E 'level=(error|warn)' "$LAB/exporter"

# whoever has the old file open reads on in the old one
ln "$FILE" "$LAB/old"
cp "$FILE" "$LAB/before"
stream tv2 src "$G1" -- -c 50 -r 200
expect_within 10 "50 more" at_least 150 received h1 "$G1"
expect "the unit runs again" run_unit
expect "50 packets more" [ "$(sample_of group_forwarded_packets_total "group=$G1" <"$FILE")" = 150 ]
expect "the old file as it was" cmp "$LAB/old" "$LAB/before"

daemon_stop
cp "$FILE" "$LAB/before"
expect "the unit fails without the daemon" not run_unit
expect "the last file is there" cmp "$FILE" "$LAB/before"
expect "and nothing beside it" [ "$(ls "$LAB/textfile")" = mcast_proxy.prom ]
