# Where JOURNAL_STREAM names the file that stderr is, as for a service of systemd, a line begins
# with the level that the journal reads; where stderr is another file since, with our name.
# rows: -
FAMILY=4
downstream_new 1 h1
conf "$(links 1)"
# a life of the daemon
life() {
	daemon_start
	daemon_stop
}
stream_of() { stat -c '%d:%i' "$1"; }
DAEMON_AS=(env "JOURNAL_STREAM=$(stream_of "$LAB/log")")
life
expect "the level" grep -q '^<5>event=start ' "$LAB/log"
expect "all with one" [ "$(grep -c '^<[3-7]>event=' "$LAB/log")" = "$(wc -l <"$LAB/log")" ]
: >"$LAB/log"
DAEMON_AS=(env "JOURNAL_STREAM=$(stream_of "$LAB/conf")")
life
expect "our name" grep -q '^mcast-proxy: event=start ' "$LAB/log"
expect "no level" not grep -q '^<' "$LAB/log"
