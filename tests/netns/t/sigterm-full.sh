# SIGTERM with as many groups as max-groups allows, in both families, subscribed upstream:
# exit status 0 within two seconds, and nothing is left. With MLDv1 spoken upstream the kernel
# sends a Done for each group, loops it back to itself, and looks through all that is joined
# there for ff02::2. That is 1.6 s of its own time, so this row has longer.
# alone: times are those of the daemon
# rows: mldv2 mldv1
# timeout: 150
downstream_new 1 h1
max_groups=16384 # the default
in_ns proxy sysctl -qw "net.ipv6.conf.up0.force_mld_version=$VERSION"
DAEMON=$PLAIN_DAEMON # the sanitizers' time is not the daemon's
conf "$(links 1)"
daemon_start
for family in 4 6; do in_ns h1 "$LAB_DIR/tools/gmflood" -i eth0 groups $family $((max_groups + 1000)); done
upstream_groups() { ip -n proxy "-$1" maddr show dev up0 | grep -c inet; }
for family in 4 6; do
	expect_within 60 "all groups subscribed, IPv$family" at_least $max_groups upstream_groups $family
done
[ "$ROW" != mldv1 ] || DAEMON_END_LIMIT=30
daemon_end TERM
expect "exit status 0 after SIGTERM" [ "$DAEMON_STATUS" = 0 ]
kernel_empty
say "SIGTERM took $DAEMON_TOOK_MS ms"
