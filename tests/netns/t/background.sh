# In the background, in its chroot, started with no descriptor open: a syslogd that comes
# later is found, and again after its restart; a HUP sent at once is no end; a file that
# an editor renamed into place is the one that a reload reads; the directory of the
# pidfile is made, and the pidfile gone with the daemon.
# rows: -
downstream_new 1 h1
downstream_new 2 h3
mkdir "$LAB/jail" "$LAB/etc"
dev_new
# where syslogd has a link that dangles until it runs
mkdir /dev/syslog
ln -s /dev/syslog/socket /dev/log
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"

# configure N...: as editors save a file
configure() {
	CONF_CHROOT="\"$LAB/jail\"" conf "$(links "$@")"
	cp "$LAB/conf" "$LAB/etc/new"
	mv "$LAB/etc/new" "$LAB/etc/conf"
}
syslog_has() { grep -qsaF "$2" "$LAB/$1"; }
pid() { cat "$LAB/run/new/pid"; }
# a zombie that nobody waits for has no program any more
alive() { readlink "/proc/${daemon:=$(pid)}/exe" >/dev/null; }
reload() { kill -HUP "$(pid)"; }

configure 1
# shellcheck disable=SC2016
in_ns proxy sh -c 'exec "$0" "$@" <&- >&- 2>&-' "$DAEMON" -f "$LAB/etc/conf" -p "$LAB/run/new/pid"
expect_within 2 "a pidfile" [ -s "$LAB/run/new/pid" ]
reload
expect_within 2 "its VIFs" has_vif down1
expect "the daemon alive" alive
expect "the directory of its user" [ "$(stat -c '%U %a' "$LAB/run/new")" = "nobody 750" ]

for syslog in first second; do
	rm -f /dev/syslog/socket
	tool syslogd proxy syslogd /dev/syslog/socket "$LAB/$syslog"
	expect_within 5 "syslogd" [ -S /dev/syslog/socket ]
	reload
	expect_within 2 "the word of the reload in the $syslog log" syslog_has $syslog "result=ok"
	[ $syslog = second ] || tool_end syslogd
done
configure 1 2
reload
expect_within 2 "a VIF for what the new file names" has_vif down2
configure 2
reload
expect_within 2 "none for what it does not name any more" not has_vif down1

kill "$daemon"
expect_within 2 "the end of the daemon" not alive
expect "its last word" syslog_has second "event=stop status=0"
expect "no pidfile" not test -e "$LAB/run/new/pid"
kernel_empty
tool_end syslogd
