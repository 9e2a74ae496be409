# A join starts the stream, a leave stops it once last member query time is over, and
# group-specific queries went out in between; meanwhile the link where nobody
# joined stays silent, until somebody joins there too.
# rows: all
downstream_new 1 h1
downstream_new 2 h3
tap h1 h1 eth0
tap h3 h3 eth0
tap src src eth0
conf "$(links 1 2)"
daemon_start
stream tv src "$G1"

join h1 "$G1"
flows h1 "$G1"
expect "the subscription upstream" subscribed "$G1"
expect "nothing where nobody joined" exactly 0 data h3 "$G1"
expect "nothing lost" exactly 0 lost h1 "$G1"

left=$(date +%s%3N)
leave h1 "$G1"
expect_within 6 "the subscription given back" not subscribed "$G1"
expect_within 2 "the end of forwarding" not entry_to "$G1" down1
after=$(data h1 "$G1")
while_sending "$G1" 25 exactly "$after" data h1 "$G1"
between "ms from leave to the last packet, 2000 being last member query time" \
	1800 $(($(last_time h1 in kind=data "dst=$G1") - left)) 3000
# IGMPv3 and MLDv2 hosts say it twice, which may start the two queries anew.
between "group-specific queries" 2 "$(seen h1 in kind=query "group=$G1" "dst=$G1" ttl=1 ra=1 cksum=ok)" 4
expect "no such query where the group never was" exactly 0 seen h3 in kind=query "group=$G1"

join h3 "$G1"
flows_on h3 "$G1"
