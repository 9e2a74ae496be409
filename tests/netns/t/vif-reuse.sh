# A VIF's number outlives it in the kernel's entries. One downstream is deleted while a
# stream flows to it, another is added and gets the same number: it receives nothing
# that nobody there asked for, in either family.
# rows: ipv4-igmpv3 ipv6-mldv2
downstream_new 1 h1
downstream_new 2 h3
bridge_new 3
host_new h4 3
tap h4 h4 eth0
tap src src eth0
conf "$(links 1 2 3)"
daemon_start
stream tv src "$G1" "$G2"
join h1 "$G1" && join h1 "$G2"
join h3 "$G2"
flows h1 "$G1"
flows h3 "$G2"
number_of() { in_ns proxy awk -v name="$1" '$2 == name { print $1 }' "/proc/net/ip${FAMILY#4}_mr_vif"; }
old=$(number_of down1)
ip -n proxy link del down1
proxy_iface 3
expect_within 2 "a VIF for the new interface" has_vif down3
expect "the number used again, or this test shows nothing" [ "$(number_of down3)" = "$old" ]
while_sending "$G1" 100 exactly 0 data h4 "$G1"
expect "nothing of the second group either" exactly 0 data h4 "$G2"
flows h3 "$G2"
join h4 "$G1"
flows h4 "$G1"
expect "still nothing of the second group" exactly 0 data h4 "$G2"
