# What is asked of diagnose: a group whose family has no upstream is told that; one of a family
# that was not asked for is a slip of the keyboard and not in order.
# rows: -
FAMILY=4 G1=239.1.1.1
downstream_new 1 h1
conf 'interface up0 { upstream
ipv4 no }' 'interface down1 { downstream }' 'interface br7 { downstream }'
ip -n proxy link add br7 type bridge mcast_snooping 1
ip -n proxy addr add 10.0.7.1/24 dev br7
ip -n proxy link add port7 type veth peer name peer7
ip -n proxy link set peer7 up
ip -n proxy link set port7 master br7 up
ip -n proxy link set br7 up
daemon_launch
expect_within 5 "the daemon" has_vif down1
join h1 "$G1"
fault_of_family() { accuses "interface_waiting None" "$G1" && grep -q 'no upstream takes part in ipv4' "$LAB/diagnosis"; }
expect_within 5 "a family without an upstream" fault_of_family
# misused WORD...: exit status 3, and words
misused() {
	local status=0
	control "$@" >"$LAB/said" 2>&1 || status=$?
	[ $status = 3 ] && grep -q "$G1\|ff1e::9" "$LAB/said"
}
expect "IPv4 when IPv6 is asked for" misused -6 diagnose "$G1"
expect "IPv6 when IPv4 is asked for" misused -4 diagnose ff1e::9

# What no host and no link could change.
expect "a group that never leaves its link" accuses "filtered None" 224.0.0.251

# Nobody asks for it: the path is that of all downstream links, and the kernel's bridge among them is looked into.
at_bridge() {
	accuses "no_member None" 239.1.1.7 || return 1
	python3 - "$LAB/diagnosis" <<-'EOF'
		import json, sys
		steps = {(s["step"], s["interface"]): s for s in json.load(open(sys.argv[1]))["path"]}
		bridge = steps["bridge", "br7"]["evidence"]
		sys.exit(not (bridge.startswith("is br7: snooping, with a querier") and steps["member", "br7"]["state"] == "wrong"))
	EOF
}
expect_within 5 "the path by a bridge" at_bridge
ip -n proxy link del br7 # which has groups of its own
