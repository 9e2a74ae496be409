# SIGUSR1 logs a summary of each family at once, and its numbers are those of what happened.
# rows: -
downstream_new 1 h1
tap h1 h1 eth0
conf "$(links 1)"
daemon_start
for row in ipv4- ipv6-; do
	row_set $row
	join h1 "$G1" && join h1 "$G2"
	stream "tv$FAMILY" src "$G1" -- -c 100 -r 200
	expect_within 10 "100 packets" at_least 100 received h1 "$G1"
done
reports() { tap_lines h1 out kind=report | grep -Ec '239\.1\.|ff1e::1:' || true; }
before=$(reports)
kill -USR1 "$DAEMON_PID"
for family in ipv4 ipv6; do
	expect_within 2 "a summary of $family" exactly 1 logged 'event=summary ' "family=$family "
	line=$(grep -F 'event=summary ' "$LAB/log" | grep -F "family=$family ")
	say "$line"
	value() { sed -n "s/.* $1=\([0-9]*\).*/\1/p" <<<"$line "; }
	expect "two groups" [ "$(value groups)" = 2 ]
	expect "one flow" [ "$(value routes)" = 1 ]
	expect "100 packets forwarded" [ "$(value packets)" = 100 ]
	expect "no drops" [ "$(value drops)" = 0 ]
	expect "no leaves" [ "$(value leaves)" = 0 ]
	expect "one startup query" [ "$(value queries_sent)" = 1 ]
	sum=$((${sum:-0} + $(value reports)))
done
# hosts report their own link-local IPv6 groups, too
link_local() { tap_lines h1 out kind=report | grep -Evc '239\.1\.|ff1e::1:' || true; }
between "reports in both families" "$before" "$sum" $(($(reports) + $(link_local)))
