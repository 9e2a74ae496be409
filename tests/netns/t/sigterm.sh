# SIGTERM and SIGINT, with streams flowing and groups subscribed in both families: exit
# status 0 within two seconds, and no VIF, entry or membership is left (daemon_stop).
# rows: -
downstream_new 1 h1
conf "$(links 1)"
for signal in TERM INT; do
	daemon_start
	for ROW in ipv4- ipv6-; do
		row_set $ROW
		join h1 "$G1"
		stream "tv$FAMILY" src "$G1"
		flows h1 "$G1"
		expect "a subscription to lose" subscribed "$G1"
		expect "an entry to lose" entry_to "$G1" down1
		expect "a VIF to lose" has_vif down1 "$FAMILY"
	done
	daemon_end "$signal"
	expect "exit status 0 after SIG$signal" [ "$DAEMON_STATUS" = 0 ]
	kernel_empty
	for FAMILY in 4 6; do tool_end "tv$FAMILY"; done
	tool_end h1
done
