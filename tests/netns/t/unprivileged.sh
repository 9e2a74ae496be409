# Never root at all: the user with CAP_NET_RAW alone does the whole job, and gives it back
# once the sockets are open; without it the exit status is 3 and the sentence names the
# capability.
# rows: ipv4-igmpv3 ipv6-mldv2
downstream_new 1 h1
conf "$(links 1)"
nobody=(setpriv --reuid nobody --regid nogroup --clear-groups --no-new-privs)
DAEMON_AS=("${nobody[@]}" --inh-caps=-all --bounding-set=-all)
status=0
daemon_run -d -f "$LAB/conf" || status=$?
expect "exit status 3, not $status: $(cat "$LAB/try")" [ "$status" = 3 ]
expect "the capability named" grep -q CAP_NET_RAW "$LAB/try"

DAEMON_AS=("${nobody[@]}" --inh-caps=-all,+net_raw --ambient-caps=-all,+net_raw --bounding-set=-all,+net_raw)
daemon_start
expect "no user but nobody" [ "$(awk '/^Uid/ { print $2, $3, $4, $5 }' "/proc/$DAEMON_PID/status" | tr ' ' '\n' | sort -u)" = "$(id -u nobody)" ]
for set in CapEff CapPrm CapInh CapAmb; do
	expect "no capability in $set after the start" grep -q "^$set:.0000000000000000$" "/proc/$DAEMON_PID/status"
done
join h1 "$G1"
stream tv src "$G1"
flows h1 "$G1"
leave h1 "$G1"
expect_within 6 "the end of forwarding" not entry_to "$G1" down1
