# A firewall that drops IGMP in INPUT: the reports of a version 2 host, which go to its group,
# are heard all the same, and its stream flows. Its leave, which goes to all routers, is lost,
# and the stream ends when the membership does, as a timeout and not before.
# rows: ipv4-igmpv2
downstream_new 1 h1
tap h1 h1 eth0
tap src src eth0
conf 'query-interval 2' 'query-response-interval 1' "$(links 1)"
in_ns proxy iptables -I INPUT -p igmp -j DROP
daemon_start
stream tv src "$G1" -- -r 100
join h1 "$G1"
flows h1 "$G1"
expect "nothing wrong for it" clears "$G1"
timeouts() { metric membership_timeouts_total interface=down1 family=ipv4; }
before=$(timeouts) # none
leave h1 "$G1"
expect_within 2 "the leave" at_least 1 seen h1 out kind=leave "group=$G1"
left=$(first_time h1 out kind=leave "group=$G1")
expect_within 8 "the end of the stream" not entry_to "$G1" down1
expect "as a timeout" [ "$(timeouts)" = $((before + 1)) ]
expect "no leave was heard" [ "$(metric leaves_received_total interface=down1)" = 0 ]
# robustness 2, times 2 s, and 1 s, since the last report, which answered a query of up to 2 s before
between "ms from the leave to the last packet" 2000 $(($(last_time h1 in kind=data "dst=$G1") - left)) 6000
expect_within 10 "now nobody is heard" accuses "no_reports_heard down1" "$G1"
