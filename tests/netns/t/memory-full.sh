# A full daemon, every group with a full list of sources and all of it asked for upstream, stays
# under the ceiling of MEMORY in mcast-proxy.conf(5), and takes so much of it that a formula
# with another factor would not hold.
# rows: ipv4-igmpv3 ipv6-mldv2
# timeout: 120
downstream_new 1 h1
# the program as users have it: the sanitizers' memory is not the daemon's
DAEMON=$PLAIN_DAEMON
max_groups=500 max_sources=512 max_flows=100
conf "max-groups $max_groups" "max-sources $max_sources" "max-flows $max_flows" "$(links 1)"
daemon_start
memory_kb() { awk '/^VmHWM/ { print $2 }' "/proc/$DAEMON_PID/status"; }
before=$(memory_kb)
in_ns h1 "$LAB_DIR/tools/gmflood" -i eth0 lists "$FAMILY" $max_groups
# the sources are random, so a few come twice
sources() { json /json/groups "sum(len(m['sources']) for g in j['groups'] for m in g['members'])"; }
joined() { json /json/upstream "[u['state'] for u in j['upstream']].count('joined')"; }
expect_within 20 "full lists" at_least $((max_groups * max_sources * 99 / 100)) sources
expect_within 60 "all of it asked for upstream" exactly $max_groups joined
took=$(($(memory_kb) - before))
# without the 3 MB for flows that begin
ceiling=$(((max_groups * (600 + 96 * max_sources) + 64 * (4096 + 8 * max_groups) + 400 * max_flows) / 1024))
say "$took KiB, the ceiling is $ceiling KiB"
between "KiB more than at the start" $((ceiling / 2)) $took $ceiling
