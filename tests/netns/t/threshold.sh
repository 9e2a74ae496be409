# `threshold` (IPv4): what goes out of an interface needs more TTL than that.
# rows: ipv4-igmpv3
downstream_new 1 h1
downstream_new 2 h3
tap h1 h1 eth0
tap src src eth0
conf 'interface up0 { upstream }' 'interface down1 {
	downstream
	threshold 20
}' 'interface down2 { downstream }'
daemon_start
join h1 "$G1" && join h1 "$G2"
join h3 "$G1"
stream near src "$G1" -- -t 8
stream far src "$G2" -- -t 64
flows h1 "$G2"
flows h3 "$G1"
while_sending "$G1" 25 exactly 0 data h1 "$G1"
