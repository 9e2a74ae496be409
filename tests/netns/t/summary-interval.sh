# Every summary-interval a summary comes by itself, as differences that add up to what happened.
# rows: ipv4-igmpv3 ipv6-mldv2
downstream_new 1 h1
CONF_STATS='summary-interval 1' conf "$(links 1)"
daemon_start
# told NAME: the sum of that number over all summaries of the family
told() {
	grep -F 'event=summary ' "$LAB/log" | grep -F "family=ipv$FAMILY " |
		sed -n "s/.* $1=\([0-9]*\).*/\1/p" | awk '{ sum += $1 } END { print sum + 0 }'
}
join h1 "$G1"
stream tv src "$G1" -- -c 100 -r 200
expect_within 10 "100 packets" at_least 100 received h1 "$G1"
expect_within 5 "100 packets in the summaries" at_least 100 told packets
expect_within 5 "the host's report" at_least 1 told reports
expect_within 5 "several summaries, none asked for" at_least 2 logged 'event=summary ' "family=ipv$FAMILY "
expect "each packet told once" exactly 100 told packets
