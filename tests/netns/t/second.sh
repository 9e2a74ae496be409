# A second daemon in the same namespace is refused with exit status 2 and a sentence that
# names the namespace and the table; the first one does not notice.
# rows: ipv4-igmpv3 ipv6-mldv2
downstream_new 1 h1
conf "$(links 1)"
daemon_start
join h1 "$G1"
stream tv src "$G1" -- -r 100
flows h1 "$G1"
status=0
daemon_run -d -f "$LAB/conf" || status=$?
expect "exit status 2, not $status: $(cat "$LAB/try")" [ "$status" = 2 ]
expect "the namespace named" grep -qi namespace "$LAB/try"
expect "the table named" grep -qi table "$LAB/try"
sanitizers_silent "$LAB/try"
flows h1 "$G1" 50
expect "nothing lost" exactly 0 lost h1 "$G1"
has_vif up0 && has_vif down1 || fail "the first daemon lost a VIF"
