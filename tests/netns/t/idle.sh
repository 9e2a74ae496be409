# A flow whose counter stood still for six samples is removed, one that goes on stays.
# rows: ipv4-igmpv3 ipv6-mldv2
downstream_new 1 h1
tap src src eth0
CONF_STATS='sample-interval 1' conf "$(links 1)"
daemon_start -v # for its lines of groups and routes
join h1 "$G1" && join h1 "$G2"
stream ending src "$G1"
stream lasting src "$G2"
flows h1 "$G1"
flows h1 "$G2"
tool_end ending
stopped=$(now_us)
expect_within 15 "the idle entry's removal" not has_entry "$G1"
between "ms until its removal" 4000 $((($(now_us) - stopped) / 1000)) 11000
expect "the other entry" entry_to "$G2" down1
expect "the subscription: somebody still wants it" subscribed "$G1"
stream again src "$G1"
flows h1 "$G1"
