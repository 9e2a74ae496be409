# 2,000 IPv4 and 2,000 IPv6 groups joined from a downstream are all subscribed upstream
# and all forwarded, with every sysctl at its default; SIGTERM then leaves nothing
# behind and takes no longer than two seconds.
# rows: ipv4-igmpv2 ipv4-igmpv3 ipv6-mldv1 ipv6-mldv2
# timeout: 120
downstream_new 1 h1
conf "$(links 1)"
daemon_start
receiver crowd h1
tell crowd range 239.9.0.0 2000
tell crowd range ff1e::9:0 2000
upstream_groups() { ip -n proxy maddr show dev up0 | grep -Ec '^[[:space:]]*inet6? +(239\.9\.|ff1e::9:)' || true; }
expect_within 40 "4,000 subscriptions upstream" exactly 4000 upstream_groups
limit=$(in_ns proxy cat /proc/sys/net/ipv4/igmp_max_memberships)
expect "the default limit of memberships a socket" [ "$limit" = 20 ]
kernel_says() { in_ns proxy cat "/proc/net/$1" | awk -v dev=up0 '$2 == dev && NF > 3 && $3 == ":" { print $4 }'; }
expect "the kernel's own count of IPv4 groups (with all hosts)" [ "$(kernel_says igmp)" = 2001 ]
last=239.9.7.207
[ "$FAMILY" = 4 ] || last=ff1e::9:7cf
join h1 "$last"
stream tv src "$last"
flows h1 "$last"
