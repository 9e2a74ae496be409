# Two hosts on one link, one leaves: the other loses no packet, for it answers the
# group-specific query. When it leaves too, the stream stops.
# rows: all
downstream_new 1 h1 h2
tap h2 h2 eth0
tap src src eth0
conf "$(links 1)"
daemon_start
stream tv src "$G1" -- -r 100
join h1 "$G1"
join h2 "$G1"
flows h1 "$G1"
flows h2 "$G1"

leave h1 "$G1"
# a host of the old versions says nothing if it was not the last one to report
case $ROW in
*igmpv2) gm h1 v2-leave "$G1" ;;
*mldv1) gm h1 mld1-done "$G1" ;;
esac
expect_within 2 "the question whether anybody is left" at_least 1 seen h2 in kind=query "group=$G1"
flows h2 "$G1" 400
expect "no packet lost at h2" exactly 0 lost h2 "$G1"
expect "the subscription kept" subscribed "$G1"

leave h2 "$G1"
expect_within 6 "the end of forwarding" not entry_to "$G1" down1
after=$(data h2 "$G1")
while_sending "$G1" 25 exactly "$after" data h2 "$G1"
