# A source on a downstream reaches the upstream (where the network's own routers decide)
# and another downstream that joined, but not one that did not; its entry comes in from
# the downstream, never from the upstream.
# rows: all
downstream_new 1 h1
downstream_new 2 h3
downstream_new 3 h4
tap h3 h3 eth0
tap h4 h4 eth0
tap up src eth0
conf "$(links 1 2 3)"
daemon_start
stream camera h1 "$G1"
flows_on up "$G1"
join h3 "$G1"
flows h3 "$G1"
expect "nothing where nobody joined" exactly 0 data h4 "$G1"
expect "the source's own address" at_least 1 seen h3 in kind=data "src=$(address 1 11)"
expect "an entry that comes in from the downstream" grep -q 'Iif: down1' <<<"$(entry "$G1")"
expect "no entry that goes back" not entry_to "$G1" down1
join h4 "$G1"
flows h4 "$G1"
flows_on up "$G1"
