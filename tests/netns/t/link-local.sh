# Groups of link-local scope are never subscribed upstream and never forwarded, either
# way, though somebody joins them and they are sent with a large TTL.
# rows: all
downstream_new 1 h1
tap h1 h1 eth0
tap src src eth0
conf "$(links 1)" 
daemon_start
join h1 "$LINK_LOCAL_GROUP"
join h1 "$G1"
stream local src "$LINK_LOCAL_GROUP" "$G1"
stream back h1 "$LINK_LOCAL_GROUP" "$G2"
flows h1 "$G1"
flows_on src "$G2"
while_sending "$LINK_LOCAL_GROUP" 25 exactly 0 data h1 "$LINK_LOCAL_GROUP"
expect "nothing of it upstream" exactly 0 data src "$LINK_LOCAL_GROUP"
expect "no subscription" not subscribed "$LINK_LOCAL_GROUP"
expect "no report upstream that names it" exactly 0 grep -cF "$LINK_LOCAL_GROUP" <<<"$(tap_lines src in kind=report)"
expect "the other group's subscription" subscribed "$G1"
