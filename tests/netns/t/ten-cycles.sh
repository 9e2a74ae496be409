# Upstream and downstream are deleted and made again ten times under a flowing stream: the
# stream comes back each time, within two seconds, and no VIF, descriptor, membership or
# byte is left over. Interfaces named by a pattern come and go the same way.
# rows: ipv4-igmpv3 ipv6-mldv2
downstream_new 1 h1
tap h1 h1 eth0
conf 'query-response-interval 0.5' 'interface up0 { upstream }' 'interface "down*" { downstream }' 'interface "ppp*" { downstream }'
# the program as users have it: its heap is counted, which the sanitizer's is not
DAEMON=$PLAIN_DAEMON
gcc -O2 -shared -fPIC -o "$LAB/heap.so" "$LAB_DIR/tools/heap.c"
head -c 8 /dev/zero >"$LAB/heap"
DAEMON_AS=(env "LD_PRELOAD=$LAB/heap.so" "HEAP_IN_USE=$LAB/heap")
daemon_start
expect_within 2 "an interface of the pattern" has_vif down1
join h1 "$G1"
stream tv src "$G1"
flows h1 "$G1"
tool_end tv

vifs() { in_ns proxy cat "/proc/net/ip${FAMILY#4}_mr_vif" | grep -c '^ *[0-9]'; }
descriptors() { ls "/proc/$DAEMON_PID/fd" | wc -l; }
heap() { od -An -td8 "$LAB/heap" | tr -d ' '; }
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
# what the daemon remembers of a stream that it looked at is in use, too, and there from now on
for path in "group=$G1" "group=$G1&source=$(address 0 2)"; do ask "/diagnose?$path" -o "$LAB/diagnosis"; done
fds=$(descriptors) bytes=$(heap) members=$(memberships)
for n in 4 5 6 7 8 9 10; do cycle $n; done
expect "as many descriptors as before ($fds)" exactly "$fds" descriptors
expect_within 2 "as many memberships as before ($members)" exactly "$members" memberships
say "heap: $bytes bytes after 3 cycles, $(heap) after 10"
# the allocator gives one piece or another up to 16 bytes more than was asked for; a leak is 24 a cycle at least
expect_within 2 "no more of the heap than before ($bytes bytes)" at_most $((bytes + 64)) heap
