# A source outside the networks of its interface is not forwarded; the log says so once,
# with the very `source` line that would admit it; with that line in the file it flows.
# rows: ipv4-igmpv3 ipv6-mldv2
foreign=203.0.113.5 foreign_pattern='source 203\.0\.113\.[0-9]+/[0-9]+'
if [ "$FAMILY" = 6 ]; then foreign=2001:db8:5::5 foreign_pattern='source 2001:db8:5:[0-9a-f:]*/[0-9]+'; fi
downstream_new 1 h1
tap h1 h1 eth0
tap src src eth0
ip -n src addr add "$foreign" dev eth0
conf "$(links 1)"
daemon_start
join h1 "$G1" && join h1 "$G2"
stream foreign src "$G1" -- -s "$foreign"
stream own src "$G2" -- -s "$(address 0 2)"
flows h1 "$G2"
while_sending "$G1" 100 exactly 0 data h1 "$G1"
stream foreign-again src "$G1" -- -s "$foreign" -p 5002
while_sending "$G1" 100 exactly 0 data h1 "$G1"
expect "the line that admits it, logged once" exactly 1 grep -Ec "$foreign_pattern" "$LAB/log"
line=$(grep -Eo "$foreign_pattern" "$LAB/log")
daemon_stop

conf 'query-interval 4' 'query-response-interval 1' "interface up0 { upstream
$line
}" "interface down1 { downstream }"
daemon_start
flows h1 "$G1"
flows h1 "$G2"
