# The socket: every path and what it answers with, every wrong request and its number, the
# request without a version; who may connect; what is left of it after the end; who may take
# its place; ports and inherited listeners beside it.
# rows: -
# timeout: 120
downstream_new 1 h1
mkdir "$LAB/jail"
in_ns proxy ip link set lo up
socket=$LAB/sock/deep.sock
# socket_conf [LINE...]: in a directory of its own, which the daemon is to make
socket_conf() {
	printf '%s\n' 'ipv6 yes' 'user "nobody"' "chroot \"$LAB/jail\"" 'stats {' "socket \"$socket\"" 'socket-group "daemon"' 'socket-mode 0660' "$@" '}' "$(links 1)" >"$LAB/conf"
	chmod 644 "$LAB/conf"
}
# The leak checker wants /proc, which is not in the jail.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"
socket_conf 'listen on 127.0.0.1 port 9550' 'listen on ::1 port 9550'
daemon_start
ask() { curl -sS --max-time 10 --unix-socket "$socket" "${@:2}" "http://localhost$1"; }
say_to_socket() { printf "$@" | nc -N -w 5 -U "$socket"; }

# ---- who may connect
expect "the directory" [ "$(stat -c '%a %U %G' "$LAB/sock")" = '750 nobody daemon' ]
expect "the socket" [ "$(stat -c '%a %U %G %F' "$socket")" = '660 nobody daemon socket' ]
expect "a member of the group gets in" setpriv --reuid nobody --regid daemon --clear-groups curl -sS -o /dev/null --unix-socket "$socket" http://l/
expect "others do not" not setpriv --reuid games --regid games --clear-groups curl -s -o /dev/null --unix-socket "$socket" http://l/

# ---- the paths
expect_within 5 "health" [ "$(ask /healthz)" = ok ]
for path in / /metrics /metrics/sg /json /json/{interfaces,groups,routes,upstream,limits} '/diagnose?group=239.1.1.1&source=10.0.0.2' /healthz; do
	expect "200 from $path" [ "$(status_of_path "$path")" = 200 ]
	expect "the same head for HEAD of $path" [ "$(ask "$path" -I)" = "$(ask "$path" -D - -o /dev/null)" ]
done
expect "no body for HEAD" [ "$(say_to_socket 'HEAD /json HTTP/1.1\r\n\r\n' | tr -d '\r' | sed '1,/^$/d' | wc -c)" = 0 ]
for path in /json /json/{interfaces,groups,routes,upstream,limits} '/diagnose?group=239.1.1.1'; do
	expect "schema 1 at $path" [ "$(json "$path" "j['schema']")" = 1 ]
done
content_type() { ask "$@" -o /dev/null -w '%{content_type}'; }
expect "text format" [ "$(content_type /metrics)" = 'text/plain; version=0.0.4; charset=utf-8' ] || expect "text format" [ "$(content_type /metrics)" = 'text/plain; version=0.0.4' ]
expect "JSON" [ "$(content_type /json)" = application/json ]
open_metrics='Accept: application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5'
expect "OpenMetrics for who asks for it" [ "$(content_type /metrics -H "$open_metrics")" = 'application/openmetrics-text; version=1.0.0; charset=utf-8' ]
expect "its end" [ "$(ask /metrics -H "$open_metrics" | tail -n 1)" = '# EOF' ]

# ---- wrong requests
long=$(printf '%09000d' 0)
answers() { expect "$1 for $2" [ "$(say_to_socket "$2" | head -n 1 | cut -d' ' -f2)" = "$1" ]; }
answers 404 'GET /nothing HTTP/1.1\r\n\r\n'
answers 404 'GET /json/nothing HTTP/1.1\r\n\r\n'
answers 404 'GET /metrics/ HTTP/1.0\r\n\r\n'
answers 405 'POST /metrics HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc'
answers 505 'GET /metrics HTTP/2.0\r\n\r\n'
answers 400 'GET metrics HTTP/1.1\r\n\r\n'
answers 400 'GET /diagnose?group=nonsense HTTP/1.1\r\n\r\n'
answers 400 'GET /diagnose?group=10.0.0.1 HTTP/1.1\r\n\r\n'
answers 400 'GET /diagnose?source=10.0.0.1 HTTP/1.1\r\n\r\n'
answers 400 'GET /diagnose?group=239.1.1.1&source=239.1.1.2 HTTP/1.1\r\n\r\n'
answers 400 'GET /diagnose?group=239.1.1.1&source=0.0.0.0 HTTP/1.1\r\n\r\n'
answers 400 'GET /diagnose?group=239.1.1.1&source=2001:db8::1 HTTP/1.1\r\n\r\n'
answers 400 'GET /%%zz HTTP/1.1\r\n\r\n'
expect "431 for a long header" [ "$(ask /metrics -H "X: $long" -o /dev/null -w '%{http_code}')" = 431 ]
expect "431 for a long one by the port" [ "$(in_ns proxy curl -sS http://127.0.0.1:9550/ -H "X: $long$long" -o /dev/null -w '%{http_code}')" = 431 ]
expect "the methods that are allowed" ask /metrics -X DELETE -i -o "$LAB/delete"
expect "the methods that are allowed" grep -q '^Allow: GET, HEAD' "$LAB/delete"
expect "the bare body for a bare request" grep -q '^# TYPE' <<<"$(say_to_socket 'GET /metrics\n' | sed -n 1p)"
expect "the bare body for a bare request" [ "$(say_to_socket 'GET /healthz\r\n')" = ok ]

# ---- ports
for url in http://127.0.0.1:9550/healthz 'http://[::1]:9550/healthz'; do
	expect "$url" [ "$(in_ns proxy curl -sS -g "$url")" = ok ]
done

# ---- health
ip -n proxy link set up0 down
health_is() { [ "$(status_of_path /healthz)" = "$1" ]; }
expect_within 3 "503 without an upstream" health_is 503
expect "the cause" grep -q '^degraded: .*upstream' <<<"$(ask /healthz)"
ip -n proxy link set up0 up
ip -n proxy addr replace fd00::1/64 dev up0 nodad
expect_within 5 "200 again" health_is 200

# ---- a reload cannot move it
cp "$LAB/conf" "$LAB/conf.good"
for change in 's/deep.sock/other.sock/' 's/0660/0600/' 's/"daemon"/"games"/' 's/port 9550/port 9551/'; do
	sed "$change" "$LAB/conf.good" >"$LAB/conf"
	hup failed
done
expect "the reason" at_least 1 logged '`socket`' 'needs a restart'
expect "the reason" at_least 1 logged '`listen`' 'needs a restart'
expect_within 5 "a refused reload shows" health_is 503
cp "$LAB/conf.good" "$LAB/conf"
hup ok
expect "200 again" health_is 200

# ---- another daemon at the same place: another namespace, which shares the directory
ns_new proxy2
ip -n proxy2 link add up0 type veth peer name down1
another() { ip netns exec proxy2 "$DAEMON" -d -f "$LAB/conf" >"$LAB/try" 2>&1; }
inode=$(stat -c %i "$socket")
status=0
another || status=$?
expect "exit status 1, not $status: $(cat "$LAB/try")" [ "$status" = 1 ]
expect "the line named that helps" grep -q '`socket`' "$LAB/try"
expect "the socket as it was" [ "$(stat -c %i "$socket")" = "$inode" ]
expect "its owner unharmed" [ "$(ask /healthz)" = ok ]
expect "nothing left in the kernel" [ -z "$(ip netns exec proxy2 tail -qn +2 /proc/net/ip_mr_vif)" ]

# ---- the end, from inside the chroot
daemon_stop
expect "no socket left" [ ! -e "$socket" ]

# ---- after a daemon that was killed
daemon_start
kill -KILL "$DAEMON_PID"
wait "$DAEMON_PID" 2>/dev/null || true
expect "a socket left" [ -S "$socket" ]
inode=$(stat -c %i "$socket")
daemon_start
expect "another one" [ "$(ask /healthz)" = ok ]
rm "$socket" && python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$socket"
inode=$(stat -c %i "$socket")
daemon_stop
expect "what somebody else has made there is left alone" [ "$(stat -c %i "$socket")" = "$inode" ]
rm "$socket"

# ---- what is there is no socket
echo precious >"$socket"
status=0
daemon_run -d -f "$LAB/conf" || status=$?
expect "exit status 1, not $status: $(cat "$LAB/try")" [ "$status" = 1 ]
expect "the file unharmed" [ "$(cat "$socket")" = precious ]
rm "$socket"

# ---- inherited listeners, one of which is at the place of the configuration
cat >"$LAB/inherit" <<'INHERIT'
import os, socket, sys
path, program = sys.argv[1], sys.argv[2:]
unix = socket.socket(socket.AF_UNIX)
unix.bind(path)
unix.listen()
port = socket.socket()
port.bind(("127.0.0.1", 9560))
port.listen()
fds = [os.dup2(os.dup(s.fileno()), n) for n, s in ((20, unix), (21, port))]
for n, fd in ((3, 20), (4, 21)):
    os.dup2(fd, n, inheritable=True)
os.closerange(5, 64)
os.environ.update(LISTEN_FDS="2", LISTEN_PID=str(os.getpid()))
os.execv(program[0], program)
INHERIT
DAEMON_AS=(python3 "$LAB/inherit" "$socket")
daemon_start
DAEMON_AS=()
expect "the inherited socket" [ "$(ask /healthz)" = ok ]
expect "the inherited port" [ "$(in_ns proxy curl -sS http://127.0.0.1:9560/healthz)" = ok ]
expect "the port of the configuration" [ "$(in_ns proxy curl -sS http://127.0.0.1:9550/healthz)" = ok ]
# who listens to events leaves places to who asks and goes
listeners=()
for n in {1..20}; do
	curl -sS -N --unix-socket "$socket" http://localhost/events >"$LAB/heard" 2>&1 &
	listeners+=($!)
done
refuses_more() { [ "$(status_of_path /events --max-time 2)" = 503 ]; }
expect_within 10 "a listener too many" refuses_more
expect "an answer beside them" [ "$(status_of_path /healthz)" = 200 ]
kill "${listeners[@]}" 2>/dev/null || true
expect_within 5 "room again" not refuses_more
daemon_stop
expect "an inherited socket left to whoever made it" [ -S "$socket" ]
