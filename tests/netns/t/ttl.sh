# A packet with TTL or hop limit 1 is not forwarded, one with 2 arrives with 1.
# rows: ipv4-igmpv3 ipv6-mldv2
downstream_new 1 h1
tap h1 h1 eth0
tap src src eth0
conf "$(links 1)"
daemon_start
join h1 "$G1" && join h1 "$G2"
stream short src "$G1" -- -t 1
stream long src "$G2" -- -t 2
flows h1 "$G2"
count_others() { tap_lines h1 in kind=data "dst=$G2" | grep -vc ttl=1 || true; }
while_sending "$G1" 25 exactly 0 data h1 "$G1"
expect "hop count taken down by one" exactly 0 count_others
