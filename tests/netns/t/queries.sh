# General queries on the wire: destination, source, TTL, Router Alert, version, QRV, QQIC,
# Max Resp, checksum; two of them a quarter of the interval apart at start, then one
# an interval; none upstream.
# rows: ipv4-igmpv3 ipv6-mldv2
downstream_new 1 h1
tap h1 h1 eth0
tap src src eth0
conf 'query-interval 4' 'query-response-interval 1' "$(links 1)"
daemon_start
ours=(in kind=query "dst=$ALL_HOSTS")
expect_within 20 "four general queries" at_least 4 seen h1 "${ours[@]}"
times=($(tap_lines h1 "${ours[@]}" | awk '{ printf "%.0f\n", $1 * 1000 }'))
between "ms between the startup queries" 900 $((times[1] - times[0])) 1300
between "ms to the first periodic query" 3900 $((times[2] - times[1])) 4300
between "ms to the second periodic query" 3900 $((times[3] - times[2])) 4300
if [ "$FAMILY" = 4 ]; then
	form=(ver=3 group=0.0.0.0 src=10.0.1.1 tos=192)
else
	form=(ver=2 group=:: "src=$(ip -n proxy -6 addr show dev down1 scope link | sed -n 's/.*inet6 \(.*\)\/.*/\1/p')")
fi
form+=(ttl=1 ra=1 cksum=ok maxresp=1.0 s=0 qrv=2 qqi=4 sources= trailing=0)
tap_lines h1 "${ours[@]}" | head -n 4
expect "the right form (${form[*]}) in each" exactly "$(seen h1 "${ours[@]}")" seen h1 "${ours[@]}" "${form[@]}"
expect "no query upstream" exactly 0 seen src in kind=query
