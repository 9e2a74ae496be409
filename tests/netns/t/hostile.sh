# Packets made by hand. Wrong ones (cut short, bad checksum, lying counts, groups that are
# none, reports in the name of others' scopes) subscribe nothing and hurt nothing; those
# that the RFCs want accepted (IGMPv1, a report from 0.0.0.0, unknown records) do. Each
# refusal is counted by its reason.
# rows: ipv4- ipv6-
downstream_new 1 h1
tap h1 h1 eth0
conf "$(links 1)"
daemon_start
if [ "$FAMILY" = 4 ]; then
	gm h1 --bad-checksum v2-report 239.66.0.1
	gm h1 --bad-checksum v3-report is_ex/239.66.0.2/
	gm h1 --cut 4 v2-report 239.66.0.3
	gm h1 --cut 1 v3-report is_ex/239.66.0.4/
	gm h1 --cut 6 v3-report is_ex/239.66.0.5/ is_ex/239.66.0.6/
	gm h1 --cut 3 v3-report is_in/239.66.0.7/10.0.0.2
	gm h1 v2-report 10.66.0.8 -d 224.0.0.22
	gm h1 v2-report 224.0.0.66
	gm h1 v3-report 77/239.66.0.9/
	gm h1 raw4 2200ddff0000ffff -d 224.0.0.22
	gm h1 raw4 3000cfff00000000 -d 224.0.0.22
	gm h1 raw4 22 -d 224.0.0.22
	gm h1 raw4 "" -d 224.0.0.22
	gm h1 v1-report 239.1.2.1
	gm h1 -s 0.0.0.0 v2-report 239.1.2.2
	gm h1 --no-ra v2-report 239.1.2.3
	gm h1 v3-report 77/239.66.0.10/ is_ex/239.1.2.4/
	reasons='short=3 bad_checksum=2 bad_group=1 bad_record=4 unknown_type=1'
	good=(239.1.2.1 239.1.2.2 239.1.2.3 239.1.2.4) bad='239\.66\.|10\.66\.|224\.0\.0\.66'
else
	gm h1 --bad-checksum mld1-report ff1e::66:1
	gm h1 --bad-checksum mld2-report is_ex/ff1e::66:2/
	gm h1 --cut 4 mld1-report ff1e::66:3
	gm h1 --cut 1 mld2-report is_ex/ff1e::66:4/
	gm h1 --cut 17 mld2-report is_ex/ff1e::66:5/ is_ex/ff1e::66:6/
	gm h1 --cut 3 mld2-report is_in/ff1e::66:7/fd00::2
	gm h1 mld1-report fd00::66:8 -d ff02::16
	gm h1 mld1-report ff02::66
	gm h1 mld1-report ff01::66
	gm h1 mld2-report 77/ff1e::66:9/
	gm h1 --no-ra mld2-report is_ex/ff1e::66:a/
	gm h1 -t 2 mld2-report is_ex/ff1e::66:b/
	gm h1 -s fd00:0:0:1::11 mld2-report is_ex/ff1e::66:c/
	gm h1 raw6 8f -d ff02::16
	gm h1 mld1-report ff1e::2:1
	gm h1 mld2-report 77/ff1e::66:d/ is_ex/ff1e::2:2/
	# what is shorter than any ICMPv6 the kernel drops before us
	reasons='short=1 bad_checksum=2 bad_ttl=1 no_router_alert=1 bad_source=1 bad_group=1 bad_record=3'
	good=(ff1e::2:1 ff1e::2:2) bad='66'
fi
for group in "${good[@]}"; do expect_within 3 "a good report heard, $group" subscribed "$group"; done
wrong() { ip -n proxy "-$FAMILY" maddr show dev up0 | grep -E "$bad" | grep -v 'ff02::1:ff'; }
expect "nothing wrong subscribed: $(wrong || true)" not wrong
join h1 "$G1"
stream tv src "$G1"
flows h1 "$G1"

# each reason has its own number, and the numbers are those of what was sent
kill -USR1 "$DAEMON_PID"
expect_within 3 "the reasons" at_least 1 logged event=summary_interface_drops "family=ipv$FAMILY" interface=down1
drops=$(grep "event=summary_interface_drops family=ipv$FAMILY" "$LAB/log" | sed 's/.* interface=down1 //')
expect "drops by reason: $drops" [ "$drops" = "$reasons" ]
