# The lab: namespaces, links, the daemon, streams, receivers and watchers, with the
# words that the tests in t/ and contrib/demo are written in. Sourced by bash, inside
# a private mount, PID and network namespace (lab_enter), so that nothing of it has
# to be unique, nothing reaches the machine, and all of it is gone when the shell is.
#
#     src                  proxy                      wire            h1, h2, ...
#   [eth0]------------[up0       down1]-----------[bridge br1]---------[eth0]
#   .2     10.0.0.0/24  .1   10.0.1.1      10.0.1.0/24    |           .11 (h1), .12 (h2)
#          fd00::/64         down2]-----------[bridge br2]---------[eth0]
#                            10.0.2.1      10.0.2.0/24                .13 (h3)
#                                          fd00:0:0:2::/64
#
# A router's interfaces have MAC addresses that begin with 02:50, by which taps know
# what routers sent. A test of two routers adds the namespace proxy2; the words about
# the daemon and its kernel take ROUTER (namespace), CONF (file) and LOG (file) from there.
#
# Every sysctl stays at its default, but for duplicate address detection (off, to
# save two seconds a test) and the IGMP/MLD version that a row asks of the hosts.

LAB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PYTHONDONTWRITEBYTECODE=1
ROUTER=proxy CONF=conf LOG=log

# lab_enter COMMAND...: runs it where a lab may be built
lab_enter() {
	mkdir -p /run/netns
	unshare --mount --net --pid --fork --kill-child --mount-proc --propagation private -- \
		sh -c 'mount -t tmpfs -o mode=755 lab /run/netns && exec "$@"' sh "$@"
}

# ---- words for tests --------------------------------------------------------

say() { printf '%s %s\n' "$(date +%T.%3N)" "$*"; }

fail() {
	say "FAILED: $*"
	exit 1
}

now_us() { echo "${EPOCHREALTIME/./}"; }

# wait_until SECONDS COMMAND...: polls; false when the time is over
wait_until() {
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
	shift
	until "$@"; do
		((${EPOCHREALTIME/./} < end)) || return 1
		sleep 0.05
	done
}

# expect WORDS COMMAND...    and    expect_within SECONDS WORDS COMMAND...
expect() {
	local words=$1
	shift
	"$@" || fail "$words [$*]"
}
expect_within() {
	local limit=$1 words=$2
	shift 2
	wait_until "$limit" "$@" || fail "$words, not within $limit s [$*]"
}
not() { ! "$@"; }
# at_least, at_most, exactly N COMMAND...: the command prints a number
at_least() { [ "$("${@:2}")" -ge "$1" ]; }
at_most() { [ "$("${@:2}")" -le "$1" ]; }
# between WORDS LOW VALUE HIGH: whole numbers
between() { [ "$3" -ge "$2" ] && [ "$3" -le "$4" ] || fail "$1: $3, wanted $2 to $4"; }
exactly() { [ "$("${@:2}")" -eq "$1" ]; }

# ---- the row of the table: family and version that the hosts speak ----------

row_set() {
	ROW=$1
	case $ROW in
	ipv4*) FAMILY=4 G1=239.1.1.1 G2=239.1.1.2 LINK_LOCAL_GROUP=224.0.0.99 ALL_HOSTS=224.0.0.1 ;;
	ipv6*) FAMILY=6 G1=ff1e::1:1 G2=ff1e::1:2 LINK_LOCAL_GROUP=ff02::99 ALL_HOSTS=ff02::1 ;;
	*) FAMILY=4 ;;
	esac
	VERSION=${ROW##*v}
}

# address LINK HOST: in the family of the row
address() {
	if [ "$FAMILY" = 4 ]; then echo "10.0.$1.$2"; elif [ "$1" = 0 ]; then echo "fd00::$2"; else echo "fd00:0:0:$1::$2"; fi
}

# ---- namespaces and links ---------------------------------------------------

in_ns() { ip netns exec "$@"; }

ns_new() {
	ip netns add "$1"
	in_ns "$1" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
	ip -n "$1" link set lo up
}

# iface_up NS IFACE LINK HOST: addresses of both families
iface_up() {
	ip -n "$1" addr add "10.0.$3.$4/24" dev "$2"
	ip -n "$1" addr add "fd00:0:0:$3::$4/64" dev "$2" nodad
	ip -n "$1" link set "$2" up
}

upstream_new() {
	ip -n proxy link add up0 address 02:50:00:00:00:01 type veth peer name eth0 netns src
	iface_up proxy up0 0 1
	iface_up src eth0 0 2
	ip -n src route add default via 10.0.0.1
}

# bridge_new N: a switch without snooping
bridge_new() {
	ip -n wire link add "br$1" type bridge mcast_snooping 0
	ip -n wire link set "br$1" up
}

# plug NS IFACE N: a cable from NS to the switch of downstream link N
plug() {
	local mac=()
	case $1 in proxy*) mac=(address "02:50:00:00:0${1#proxy}:$(printf %02x "$3")") ;; esac
	ip -n "$1" link add "$2" "${mac[@]}" type veth peer name "${1:0:8}$3" netns wire
	ip -n wire link set "${1:0:8}$3" master "br$3" up
}

# host_new NAME N: hK gets the address .1K on link N, and speaks the row's version
host_new() {
	ns_new "$1"
	plug "$1" eth0 "$2"
	case $ROW in
	ipv4-igmpv*) in_ns "$1" sysctl -qw net.ipv4.conf.eth0.force_igmp_version="$VERSION" ;;
	ipv6-mldv*) in_ns "$1" sysctl -qw net.ipv6.conf.eth0.force_mld_version="$VERSION" ;;
	esac
	iface_up "$1" eth0 "$2" "1${1#h}"
	ip -n "$1" route add default via "10.0.$2.1"
}

# unplug HOST N / replug HOST N: the host vanishes without a word; the proxy's link stays up
unplug() { ip -n wire link set "$1$2" down; }
replug() { ip -n wire link set "$1$2" up; }

# proxy_iface N: gives the proxy its end of downstream link N
proxy_iface() {
	plug proxy "down$1" "$1"
	iface_up proxy "down$1" "$1" 1
}

# links_settled: no cable that is plugged in is still to be taken note of: the kernel does that
# up to a second later, and until then a switch and a host lose what goes that way, reports too
links_settled() {
	local ns
	for ns in /run/netns/*; do
		! ip -n "${ns##*/}" -o link | grep -qE '[<,]LOWER_UP[,>].* state (DOWN|LOWERLAYERDOWN) ' || return 1
	done
}

# downstream_new N HOST...
downstream_new() {
	local n=$1 host
	bridge_new "$n"
	proxy_iface "$n"
	for host in "${@:2}"; do host_new "$host" "$n"; done
}

# dev_new: a /dev of the test's own, for a syslogd of its own
dev_new() {
	mkdir "$LAB/dev"
	mount -t tmpfs -o mode=755 lab "$LAB/dev"
	cp -a /dev/null /dev/zero /dev/urandom /dev/random "$LAB/dev"
	ln -s /proc/self/fd "$LAB/dev/fd"
	mount --bind "$LAB/dev" /dev
}

# lab_open: the upstream half of the picture; LAB is the directory for its files
lab_open() {
	local ns
	DAEMON_AS=() DAEMON_PID=
	install -d -m 755 "$LAB"
	install -d -m 755 -o nobody "$LAB/run"
	: >"$LAB/log"
	for ns in src proxy; do ns_new "$ns"; done
	ip netns add wire
	in_ns wire sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	upstream_new
}

# ---- the daemon -------------------------------------------------------------

# links N...: interface blocks of upstream and these downstreams
links() {
	echo 'interface up0 { upstream }'
	printf 'interface down%s { downstream }\n' "$@"
}

# timers for tests that must see them end
QUICK=$'query-interval 2\nquery-response-interval 0.5' # membership interval 5 s, other querier present 4.25 s

# conf TEXT...: writes the configuration; CONF_USER, CONF_CHROOT and CONF_STATS change the head
conf() {
	{
		printf 'ipv4 yes\nipv6 yes\nuser "%s"\nchroot %s\n' "${CONF_USER:-nobody}" "${CONF_CHROOT:-no}"
		printf 'stats {\n\tsocket "%s"\n%s}\n' "$LAB/run/$CONF.sock" "${CONF_STATS:+	$CONF_STATS$'\n'}"
		printf '%s\n' "$@"
	} >"$LAB/$CONF"
	chmod 644 "$LAB/$CONF"
}

# daemon_run [ARGUMENT...]: in the foreground, as a user would type it; its words are in $LAB/try
daemon_run() {
	in_ns proxy "${DAEMON_AS[@]}" "$DAEMON" -p "$LAB/run/try.pid" "$@" >"$LAB/try" 2>&1
}

daemon_launch() {
	ip netns exec "$ROUTER" "${DAEMON_AS[@]}" "$DAEMON" -d -f "$LAB/$CONF" -p "$LAB/run/$CONF.pid" "$@" >>"$LAB/$LOG" 2>&1 &
	DAEMON_PID=$!
}

daemon_start() {
	daemon_launch "$@"
	wait_until 10 daemon_settled || fail "the daemon has not started"
	wait_until 10 links_settled || fail "the links are not ready"
	daemon_alive || fail "the daemon ended at start"
}

daemon_alive() { [ -n "${DAEMON_PID:-}" ] && kill -0 "$DAEMON_PID" 2>/dev/null; }

daemon_settled() {
	local iface
	daemon_alive || return 0
	for iface in $(ip -n "$ROUTER" -o link | sed -n 's/^[0-9]*: \(up0\|down[0-9]*\)@.*/\1/p'); do
		! grep -q "$iface" "$LAB/$CONF" || has_vif "$iface" || return 1
	done
}

# has_vif IFACE [FAMILY]
has_vif() {
	case ${2:-} in
	4) in_ns "$ROUTER" grep -qw "$1" /proc/net/ip_mr_vif ;;
	6) in_ns "$ROUTER" grep -qw "$1" /proc/net/ip6_mr_vif ;;
	*) has_vif "$1" 4 && has_vif "$1" 6 ;;
	esac
}

daemon_gone() { ! daemon_alive; }

# daemon_end SIGNAL: it must end within two seconds; sets DAEMON_STATUS and DAEMON_TOOK_MS
daemon_end() {
	local start
	start=$(now_us)
	kill "-$1" "$DAEMON_PID"
	wait_until "${DAEMON_END_LIMIT:-2}" daemon_gone || fail "the daemon has not ended within ${DAEMON_END_LIMIT:-2} s of SIG$1"
	DAEMON_TOOK_MS=$((($(now_us) - start) / 1000))
	DAEMON_STATUS=0
	wait "$DAEMON_PID" || DAEMON_STATUS=$?
	DAEMON_PID=
	sanitizers_silent "$LAB/$LOG"
}

# second_router COMMAND...: with the words turned to the router proxy2, its daemon and files
second_router() {
	local ROUTER=proxy2 CONF=conf2 LOG=log2 DAEMON_PID=${SECOND_PID:-} status=0
	"$@" || status=$?
	SECOND_PID=$DAEMON_PID
	return $status
}

sanitizers_silent() { ! grep -En 'Sanitizer|runtime error:' "$@" || fail "a sanitizer spoke"; }

# daemon_stop: as every test ends; nothing may be left behind
daemon_stop() {
	daemon_end TERM
	expect "exit status 0 after SIGTERM" [ "$DAEMON_STATUS" = 0 ]
	kernel_empty
}

kernel_empty() {
	local left
	left=$(in_ns "$ROUTER" sh -c 'cd /proc/net; tail -qn +2 ip_mr_vif ip_mr_cache ip6_mr_vif ip6_mr_cache')
	left+=$(ip -n "$ROUTER" maddr show | awk '$1 ~ /^inet/ && $2 !~ /^(224\.0\.0\.1|ff02::1|ff01::1|ff02::1:ff.*)$/')
	[ -z "$left" ] || fail "left behind in the kernel: $left"
}

# logged WORD...: how many lines of the daemon's log have all these words
logged() {
	awk 'BEGIN { for (i = 1; i < ARGC - 1; i++) { want[i] = ARGV[i]; ARGV[i] = "" }; n = ARGC - 2 }
		{ for (i = 1; i <= n; i++) if (!index($0, want[i])) next; count++ } END { print count + 0 }' "$@" "$LAB/$LOG"
}

# hup RESULT: a reload, and what came of it: ok or failed
hup() {
	local before
	before=$(logged event=config_reload)
	kill -HUP "$DAEMON_PID"
	expect_within 5 "the reload" at_least $((before + 1)) logged event=config_reload
	expect "a reload that is $1" [ "$(grep event=config_reload "$LAB/$LOG" | tail -n 1 | sed 's/.*result=//; s/ .*//')" = "$1" ]
}

# summary FAMILY KEY: a number of the line that USR1 asks for: what was since the one before;
# summary_of WORD KEY: the same of the newest line with that word (a group, an interface), without asking
summary() {
	local before
	before=$(logged 'event=summary ' "family=ipv$1 ")
	kill -USR1 "$DAEMON_PID"
	expect_within 5 "a summary" at_least $((before + 1)) logged 'event=summary ' "family=ipv$1 "
	summary_of "event=summary family=ipv$1" "$2"
}
summary_of() { grep -F "$1 " "$LAB/$LOG" | grep event=summary | tail -n 1 | sed -n "s/.* $2=\([0-9]*\).*/\1/p"; }

# ---- what the daemon shows --------------------------------------------------

# ask PATH [CURL-OPTION...]: the answer of its socket
ask() { curl -sS --max-time 30 --unix-socket "$LAB/run/$CONF.sock" "${@:2}" "http://localhost$1"; }

# status_of_path PATH [CURL-OPTION...]: the number of the answer
status_of_path() { ask "$1" -o /dev/null -w '%{http_code}' "${@:2}"; }

# say_to_socket FORMAT [SECONDS]: sends these bytes (printf), closes that side, prints the answer
say_to_socket() { printf "$1" | nc -N -w "${2:-5}" -U "$LAB/run/$CONF.sock"; }

# metric NAME [LABEL=VALUE...]: the sum of the samples of mcast_proxy_NAME with these labels; nothing if there is none
metric() { ask /metrics | sample_of "$@"; }
sample_of() {
	awk -v want="$*" '
		BEGIN { n = split(want, w, " ") }
		{
			at = index($1, "{")
			if ((at ? substr($1, 1, at - 1) : $1) != "mcast_proxy_" w[1]) next
			labels = "," substr($1, at + 1, length($1) - at - 1) ","
			for (i = 2; i <= n; i++) {
				key = w[i]; sub(/=.*/, "", key); value = w[i]; sub(/^[^=]*=/, "", value)
				if (!index(labels, "," key "=\"" value "\",")) next
			}
			sum += $2; found = 1
		}
		END { if (found) printf "%.0f\n", sum }'
}

# json PATH EXPRESSION: of the answer, as the Python value `j`
json() { ask "$1" | python3 -c 'import json, sys; j = json.load(sys.stdin); print(eval(sys.argv[1]))' "$2"; }

# counters: of /metrics on stdin, those that may only grow, one a line; grown BEFORE AFTER: by how much, those that did
counters() {
	awk '$1 == "#" { if ($2 == "TYPE") type = $4; next }
		type == "counter" || (type == "histogram" && $1 !~ /_sum/) { sub("mcast_proxy_", ""); print }' | LC_ALL=C sort
}
grown() {
	awk 'NR == FNR { old[$1] = $2; next } $2 != old[$1] { print $1, $2 - old[$1] } { delete old[$1] }
		END { for (name in old) print name, "is gone" }' "$1" "$2" | LC_ALL=C sort
}

# ---- what the kernel has ----------------------------------------------------

# subscribed GROUP [IFACE]: the kernel's host side has it upstream
subscribed() { ip -n "$ROUTER" maddr show dev "${2:-up0}" | awk -v g="$1" '$2 == g { hit = 1 } END { exit !hit }'; }

# entry GROUP [SOURCE]: the lines of the forwarding cache
entry() { ip -n "$ROUTER" "-$FAMILY" mroute show | tr -s ' \t' ' ' | grep -F "${2:-},$1)" || ip -n "$ROUTER" "-$FAMILY" mroute show | grep -F "$1/" || true; }
has_entry() { [ -n "$(entry "$@")" ]; }
# entry_to GROUP IFACE: some entry of the group goes out there
entry_to() { entry "$1" | sed -n 's/.*Oifs: //p' | grep -qw "$2"; }

# ---- watchers, receivers, streams -------------------------------------------

declare -A TOOL_PID=()

# tool NAME NS PROGRAM...: runs one of tools/ in the background; tool_end NAME stops it
tool() {
	ip netns exec "$2" "$LAB_DIR/tools/$3" "${@:4}" &
	TOOL_PID[$1]=$!
}
tool_end() {
	kill "${TOOL_PID[$1]}" 2>/dev/null || true
	wait "${TOOL_PID[$1]}" 2>/dev/null || true
	unset "TOOL_PID[$1]"
}

# tap NAME NS IFACE: watches the wire there
tap() {
	tool "tap-$1" "$2" gmcap "$3" "$LAB/$1.tap" "$LAB/$1.pcap"
	wait_until 10 grep -qs ready "$LAB/$1.tap" || fail "tap $1 has not started"
}

# seen TAP WORD...: how many packets have all these words; `key~text` looks inside a value
seen() { tap_lines "$@" | wc -l; }
tap_lines() {
	awk -v want="${*:2}" '
		BEGIN { n = split(want, w, " ") }
		function fits(word, f, at, part) {
			at = index(word, "~")
			for (f = 2; f <= NF; f++) {
				if ($f == word) return 1
				if (at && index($f, substr(word, 1, at - 1) "=") == 1 && index($f, substr(word, at + 1))) return 1
			}
			return 0
		}
		{ for (i = 1; i <= n; i++) if (!fits(w[i])) next; print }' "$LAB/$1.tap"
}
# data TAP GROUP: stream packets of the group that came in there
data() { seen "$1" in kind=data "dst=$2"; }
# first_time TAP WORD... / last_time TAP WORD...: milliseconds
first_time() { tap_lines "$@" | awk 'NR == 1 { printf "%.0f\n", $1 * 1000 }'; }
last_time() { tap_lines "$@" | awk 'END { printf "%.0f\n", $1 * 1000 }'; }

# receiver NAME NS: a host program; tell NAME COMMAND... makes it join and leave (tools/mcrecv)
declare -A TELL=()
receiver() {
	local fd
	rm -f "$LAB/$1.fifo"
	mkfifo "$LAB/$1.fifo"
	exec {fd}<>"$LAB/$1.fifo"
	TELL[$1]=$fd
	: >"$LAB/$1.rx"
	ip netns exec "$2" "$LAB_DIR/tools/mcrecv" -i eth0 -o "$LAB/$1.rx" <"$LAB/$1.fifo" &
	TOOL_PID[$1]=$!
	wait_until 10 links_settled || fail "the links of $2 are not ready"
}
tell() {
	local before
	before=$(obeyed "$1")
	echo "${*:2}" >&"${TELL[$1]}"
	wait_until 30 at_least $((before + 1)) obeyed "$1" || fail "$1 cannot: ${*:2}"
}
obeyed() { grep -c '^done' "$LAB/$1.rx" || true; }
# join NAME GROUP [SOURCE...]: a receiver NAME on the host NAME, made when it is not there yet
join() {
	[ -n "${TOOL_PID[$1]:-}" ] || receiver "$1" "${1%%-*}"
	tell "$1" join "${@:2}"
}
leave() { tell "$1" leave "${@:2}"; }

# received NAME [GROUP]: packets that the program got
received() { awk -v g="${2:-}" '$1 == "rx" && (g == "" || $3 == g) { n++ } END { print n + 0 }' "$LAB/$1.rx"; }
# lost NAME GROUP: numbers missing between the first and the last that it got; repeated: packets
# that it got once more; rate: packets/s from the first to the last
lost() {
	awk -v g="$2" '$1 == "rx" && $3 == g { if (!n) first = $4; if ($4 > last) last = $4; if (!got[$4]++) n++ }
		END { print n ? last - first + 1 - n : -1 }' "$LAB/$1.rx"
}
repeated() { awk -v g="$2" '$1 == "rx" && $3 == g && got[$4]++ { n++ } END { print n + 0 }' "$LAB/$1.rx"; }
rate() {
	awk -v g="$2" '$1 == "rx" && $3 == g { if (!n++) first = $2; last = $2 }
		END { printf "%.0f\n", (last > first ? (n - 1) / (last - first) : 0) }' "$LAB/$1.rx"
}

# lost_on TAP GROUP: the same for a tap, whose host need not have joined
lost_on() {
	tap_lines "$1" in kind=data "dst=$2" | sed 's/.* seq=//' | awk '{ if (n++ == 0) first = $1; if ($1 > last) last = $1 }
		END { print n ? last - first + 1 - n : -1 }'
}

# stream NAME NS GROUP... [-- OPTION...]: 50 packets/s to each group, unless told otherwise
stream() {
	local name=$1 ns=$2 iface=eth0 groups=()
	shift 2
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		groups+=("$1")
		shift
	done
	tool "$name" "$ns" mcsend -i "$iface" "${@:2}" "${groups[@]}"
}

# flows NAME GROUP [N]: N more packets reach the receiver NAME from now on; the same for a
# tap; resumes TAP GROUP SECONDS: the first few, within that time
flows() { expect_within 10 "packets of $2 at $1" at_least $(($(received "$1" "$2") + ${3:-20})) received "$1" "$2"; }
resumes() { expect_within "$3" "packets of $2 on tap $1" at_least $(($(data "$1" "$2") + 5)) data "$1" "$2"; }
flows_on() { expect_within 10 "packets of $2 on tap $1" at_least $(($(data "$1" "$2") + ${3:-20})) data "$1" "$2"; }

# while_sending GROUP N COMMAND...: after the source has sent N more packets, the command
# must hold. What a "nothing arrived" stands on: the tap `src` proves that there was something.
while_sending() {
	local sent
	sent=$(seen src out kind=data "dst=$1")
	expect_within 30 "the source sending $1" at_least $((sent + $2)) seen src out kind=data "dst=$1"
	expect "while $1 was sent" "${@:3}"
}

# gm HOST WORD...: a packet made by hand (tools/gmsend)
gm() { in_ns "$1" "$LAB_DIR/tools/gmsend" -i eth0 "${@:2}"; }

# ---- why ---------------------------------------------------------------------

control() { "$WORK/mcast-proxyctl" -s "$LAB/run/$CONF.sock" "$@"; }
# of_first WORD...: these members of the first suspect in $LAB/diagnosis; nothing if there is none
of_first() { python3 -c 'import json, sys; s = json.load(open(sys.argv[1]))["suspects"]; print(*[s[0][w] for w in sys.argv[2:]] if s else "")' "$LAB/diagnosis" "$@"; }
# accuses "REASON INTERFACE" [GROUP [SOURCE]]
accuses() {
	local status=0
	control -j diagnose "${@:2}" >"$LAB/diagnosis" || status=$?
	[ "$status" = 1 ] && [ "$(of_first reason interface)" = "$1" ]
}
clears() { control -j diagnose "$@" >"$LAB/diagnosis" && [ -z "$(of_first reason)" ]; }
# fault "REASON INTERFACE" GROUP [SOURCE]
fault() {
	expect_within 20 "$1" accuses "$@"
	say "$1: $(of_first evidence fix)"
	cp "$LAB/diagnosis" "$LAB/diagnosis.fault"
	expect "words for it" [ -n "$(of_first evidence)" -a "$(of_first fix)" != None ]
	expect "the healthy stream, beside $1" clears "$G1"
}

# complaints PCAP: what tshark has to say about the IGMP and MLD packets of a capture
complaints() {
	tshark -n -r "$1" -o ip.check_checksum:TRUE -T fields -e frame.number -e ip.src -e ipv6.src -e _ws.col.Info -e _ws.expert.message \
		-Y "(igmp or icmpv6) and (_ws.malformed or ip.checksum.status == 0 or igmp.checksum.status == 0 or icmpv6.checksum.status == 0 or _ws.expert.severity >= 0x00600000)" 2>/dev/null
}

# ---- begin and end of a test ------------------------------------------------

# test_run FILE: what the runner calls; LAB (a directory), DAEMON and ROW are set. A
# test that leaves early, whatever its exit status, has failed.
test_run() {
	set -eu
	TEST_DONE=
	row_set "$ROW"
	trap test_end EXIT
	trap 'fail "the time is over, or somebody pressed Ctrl-C"' TERM INT
	lab_open
	. "$1"
	! daemon_alive || daemon_stop
	sanitizers_silent "$LAB"/log*
	TEST_DONE=yes
}

test_end() {
	[ -z "$TEST_DONE" ] || exit 0
	post_mortem 2>&1
	exit 1
}

post_mortem() {
	local file
	echo "--- the configuration:" && cat "$LAB/conf"
	for file in "$LAB"/log*; do echo "--- the daemon's $file, its end:" && tail -n 60 "$file"; done
	echo "--- mroute:" && ip -n proxy mroute show | head -20 && ip -n proxy -6 mroute show | head -20
	echo "--- vifs:" && in_ns proxy cat /proc/net/ip_mr_vif /proc/net/ip6_mr_vif
	echo "--- upstream memberships:" && ip -n proxy maddr show dev up0 | head -20
	for file in "$LAB"/*.tap; do
		[ ! -e "$file" ] || { echo "--- ${file##*/}, without data:" && grep -Ev 'kind=data|ff02::1:ff' "$file" | tail -n 25 | cut -c1-200; }
	done
}
