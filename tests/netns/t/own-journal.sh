# A real journald, as for a service of systemd: each line stands in the journal with its level,
# and without our name, so that warnings can be asked for alone.
# needs: journalctl systemd-cat
# rows: -
downstream_new 1 h1
conf "$(links 1)"

# a journal of the test's own, its sockets, files and configuration out of the machine's
dev_new # no /dev/kmsg, which it would read
mkdir "$LAB/namespaces"
mount --rbind /run/netns "$LAB/namespaces"
for directory in /run /var/log /etc/systemd; do mount -t tmpfs -o mode=755 lab $directory; done
mkdir -p /run/netns /run/systemd/journal.mcast-proxy /var/log/journal
ln -s journal.mcast-proxy /run/systemd/journal # systemd-cat knows only the other one's name
mount --rbind "$LAB/namespaces" /run/netns
/lib/systemd/systemd-journald mcast-proxy >"$LAB/journald" 2>&1 &
TOOL_PID[journald]=$!
expect_within 10 "the journal" [ -S /run/systemd/journal.mcast-proxy/stdout ]
journal() { journalctl -q --namespace mcast-proxy -t mcast-proxy -o cat "$@"; }
entries() { journal -p "$1" | grep -c "$2" || true; }

# systemd-cat opens the stream as systemd does, and leaves it to us to name it
# shellcheck disable=SC2016
ip netns exec proxy systemd-cat -t mcast-proxy sh -c 'JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/2) exec "$0" "$@"' \
	"$DAEMON" -d -f "$LAB/conf" -p "$LAB/run/conf.pid" &
DAEMON_PID=$!
expect_within 10 "its VIFs" has_vif down1
gm h1 --bad-checksum v2-report 239.66.0.1
expect_within 10 "the warning" exactly 1 entries warning '^event=packet_drop .*reason=bad_checksum'
expect "its level in JSON" grep -q '"PRIORITY":"4"' <(journal -g event=packet_drop -o json)
expect_within 10 "the start" exactly 1 entries notice '^event=start '
expect "warnings without the start" exactly 0 entries warning '^event=start '
expect "no error" exactly 0 entries err .
daemon_stop
expect_within 10 "the stop" exactly 1 entries notice '^event=stop status=0'
expect "no level inside a line" exactly 0 entries debug '^<'
expect "nothing that the journal did not understand" [ ! -s "$LAB/journald" ]
tool_end journald
