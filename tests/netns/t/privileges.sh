# Started as root the daemon drops to its user and into its chroot, keeps no capability,
# and does the whole job from there.
# rows: ipv4-igmpv3 ipv6-mldv2
downstream_new 1 h1
mkdir "$LAB/jail"
CONF_CHROOT="\"$LAB/jail\"" conf "$(links 1)"
# The leak checker wants /proc, which is not in the jail; all other tests have it on.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"
daemon_start
status_of() { awk -v key="$1:" '$1 == key { for (i = 2; i <= NF; i++) print $i }' "/proc/$DAEMON_PID/status" | sort -u; }
expect "no user but nobody" [ "$(status_of Uid)" = "$(id -u nobody)" ]
expect "no group but its own" [ "$(status_of Gid)" = "$(id -g nobody)" ]
for set in CapEff CapPrm CapInh CapAmb; do
	expect "no capability in $set" [ "$(status_of $set)" = 0000000000000000 ]
done
expect "the chroot" [ "$(readlink "/proc/$DAEMON_PID/root")" = "$LAB/jail" ]
join h1 "$G1"
stream tv src "$G1"
flows h1 "$G1"
leave h1 "$G1"
expect_within 6 "the end of forwarding" not entry_to "$G1" down1
ip -n proxy link del down1
proxy_iface 1
expect_within 2 "an interface that came back" has_vif down1
join h1 "$G1"
flows h1 "$G1"
