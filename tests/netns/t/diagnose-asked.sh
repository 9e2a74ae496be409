# What is asked of diagnose: a group whose family has no upstream is told that; one of a family
# that was not asked for is a slip of the keyboard and not in order.
# rows: -
FAMILY=4 G1=239.1.1.1
downstream_new 1 h1
conf 'interface up0 { upstream
ipv4 no }' 'interface down1 { downstream }'
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
