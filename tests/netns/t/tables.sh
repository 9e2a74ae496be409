# Two daemons in one namespace on two of the kernel's tables, their interfaces told apart by
# `ip mrule`: each forwards its own streams and never touches the other's entries; one ends
# and the other does not notice.
# rows: ipv4-igmpv3 ipv6-mldv2
downstream_new 1 h1
downstream_new 2 h3
ns_new src2
bridge_new 9
plug src2 eth0 9
iface_up src2 eth0 9 2
plug proxy up9 9
iface_up proxy up9 9 1
for rule in "up0 100" "down1 100" "up9 200" "down2 200"; do
	for family in 4 6; do ip -n proxy "-$family" mrule add iif "${rule% *}" lookup "${rule#* }"; done
done
conf 'table 100' "$(links 1)"
CONF=conf2 conf 'table 200' 'interface up9 { upstream }' 'interface down2 { downstream }'
in_table() { ip -n proxy "-$FAMILY" mroute show table "$1" | grep -c "$2" || true; }
# has_vif sees the main table only
launched() { # IFACE...
	local iface
	daemon_launch
	for iface; do expect_within 10 "$iface, up" at_least 2 logged event=interface_state "interface=$iface" state=up; done
}
launched up0 down1
first=$DAEMON_PID
CONF=conf2 LOG=log2 launched up9 down2
SECOND_PID=$DAEMON_PID DAEMON_PID=$first
tap h1 h1 eth0
tap h3 h3 eth0
stream tv src "$G1"
stream tv2 src2 "$G1"
join h1 "$G1"
join h3 "$G1"
flows h1 "$G1"
flows h3 "$G1"
from() { echo "src=$(address "$1" 2)"; }
expect "a stream of the first in its table" exactly 1 in_table 100 "$(address 0 2),"
expect "a stream of the second in its table" exactly 1 in_table 200 "$(address 9 2),"
expect "nothing of the second in the table of the first" exactly 0 in_table 100 "$(address 9 2),"
expect "nothing of the first in the table of the second" exactly 0 in_table 200 "$(address 0 2),"
expect "nothing in the main table" exactly 0 in_table main "$G1"
expect "only its own stream at h1" exactly 0 seen h1 in kind=data "$(from 9)"
expect "only its own stream at h3" exactly 0 seen h3 in kind=data "$(from 0)"
expect "the subscription of the first" subscribed "$G1" up0
expect "the subscription of the second" subscribed "$G1" up9

leave h1 "$G1"
expect_within 6 "the end at the first" not subscribed "$G1" up0
flows h3 "$G1" 50
expect "the subscription of the second, still" subscribed "$G1" up9
join h1 "$G1"
flows h1 "$G1"
daemon_end TERM
expect "nothing left in the table of the first" exactly 0 in_table 100 Iif
flows h3 "$G1" 50
expect "nothing lost at the second" exactly 0 lost h3 "$G1"
DAEMON_PID=$SECOND_PID LOG=log2
daemon_stop
