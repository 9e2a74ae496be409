# Upstream and downstream are deleted and made again ten times under a flowing stream: the
# stream comes back each time, within two seconds, and no VIF, descriptor, membership or
# memory is left over. Interfaces named by a pattern come and go the same way.
# rows: ipv4-igmpv3 ipv6-mldv2
downstream_new 1 h1
tap h1 h1 eth0
# memory that the sanitizer keeps back would look like a leak
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:quarantine_size_mb=1"
conf 'query-response-interval 0.5' 'interface up0 { upstream }' 'interface "down*" { downstream }' 'interface "ppp*" { downstream }'
daemon_start
expect_within 2 "an interface of the pattern" has_vif down1
join h1 "$G1"
stream tv src "$G1"
flows h1 "$G1"
tool_end tv

vifs() { in_ns proxy cat "/proc/net/ip${FAMILY#4}_mr_vif" | grep -c '^ *[0-9]'; }
descriptors() { ls "/proc/$DAEMON_PID/fd" | wc -l; }
memory_kb() { awk '/^VmRSS/ { print $2 }' "/proc/$DAEMON_PID/status"; }
memberships() { ip -n proxy maddr show | grep -Ec '^[[:space:]]*inet'; }

cycle() {
	ip -n proxy link del up0
	ip -n proxy link del down1
	ip -n proxy link add ppp0 type veth peer name ppp1
	iface_up proxy ppp0 7 1
	ip -n proxy link set ppp1 up
	expect_within 2 "cycle $1: a VIF for the new interface of a pattern" has_vif ppp0
	upstream_new
	proxy_iface 1
	stream tv src "$G1"
	resumes h1 "$G1" 2
	tool_end tv
	ip -n proxy link del ppp0
	expect_within 2 "cycle $1: no VIF of what is gone" exactly 2 vifs
}
for n in 1 2 3; do cycle $n; done
fds=$(descriptors) memory=$(memory_kb) members=$(memberships)
for n in 4 5 6 7 8 9 10; do cycle $n; done
expect "as many descriptors as before ($fds)" exactly "$fds" descriptors
expect_within 2 "as many memberships as before ($members)" exactly "$members" memberships
say "memory: $memory KiB after 3 cycles, $(memory_kb) KiB after 10"
between "KiB more after seven cycles" -2000 $(($(memory_kb) - memory)) 400
