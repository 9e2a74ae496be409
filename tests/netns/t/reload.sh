# SIGHUP, from the chroot and without privileges, with an included file. Nothing changed:
# no packet on any link, no kernel entry touched, no counter reset. A downstream that comes
# or goes costs a stream on another no packet. A wrong file is refused with file and line,
# and what needs a restart says so; the old configuration goes on.
# rows: ipv4-igmpv3 ipv6-mldv2
downstream_new 1 h1
downstream_new 2 h3
tap h1 h1 eth0
tap src src eth0
mkdir "$LAB/jail" "$LAB/more"
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" # it wants /proc, which is not in the jail
CONF_CHROOT="\"$LAB/jail\""
# write LINE...: the file, with these lines in the one that it includes
write() {
	CONF=new conf "${EXTRA:-}" 'interface up0 { upstream }' 'interface down1 { downstream }' "include \"$LAB/more/two\""
	printf '%s\n' "$@" >"$LAB/more/two.new"
	# as an editor saves: a new file in the place of the old
	mv "$LAB/more/two.new" "$LAB/more/two"
	mv "$LAB/new" "$LAB/conf"
}
write 'interface down2 { downstream }'
daemon_start
expect_within 5 "a VIF for the interface of the included file" has_vif down2
join h1 "$G1"
join h3 "$G1"
stream tv src "$G1" -- -r 1000
flows h1 "$G1" 1500
flows h3 "$G1" 10

# nothing changed; the startup query of 31 s is far away
summary "$FAMILY" packets >/dev/null
groups=$(summary_of "event=summary_group family=ipv$FAMILY group=$G1" packets)
# counters_of: what the interface counted of messages, which in the meantime come from nobody
counters_of() {
	grep "event=summary_interface family=ipv$FAMILY interface=down1 " "$LAB/log" | tail -n 1 |
		grep -Eo '(leaves|queries_sent|queries_received|joins|timeouts|drops|sources_refused)=[0-9]+' | tr '\n' ' '
}
counters=$(counters_of)
sampled=$(data src "$G1")
entries() { ip -n proxy "-$FAMILY" mroute show; }
before=$(entries) queries=$(seen h1 in kind=query) reports=$(seen src in kind=report)
expect "entries, or this test shows nothing" has_entry "$G1"
ip -n proxy monitor all >"$LAB/monitor" &
monitor=$!
wait_until 5 test -e "/proc/$monitor"
CONF=new ask /metrics | counters >"$LAB/before"
hup ok
write 'interface down2 { downstream }'
hup ok
CONF=new ask /metrics | counters >"$LAB/after"
while_sending "$G1" 500 exactly "$queries" seen h1 in kind=query
expect "no report upstream" exactly "$reports" seen src in kind=report
expect "no leave upstream" exactly 0 seen src in kind=leave
expect "the kernel's entries as they were" [ "$before" = "$(entries)" ]
expect "no news of the kernel about it" not grep -q "$G1" "$LAB/monitor"
summary "$FAMILY" packets >/dev/null
expect "the group's counter gone on from $groups" at_least $((groups + 500)) \
	summary_of "event=summary_group family=ipv$FAMILY group=$G1" packets
expect "queries and joins, or this shows nothing: $counters" grep -Eq 'queries_sent=[1-9].* joins=[1-9]' <<<"$counters"
expect "the interface's counters as they were" [ "$counters" = "$(counters_of)" ]
expect "counters, or this shows nothing" at_least 100 grep -c . "$LAB/before"
expect "two reloads counted" grep -Eq '^config_reloads_total.* 2$' <<<"$(grown "$LAB/before" "$LAB/after")"
expect "no counter that went back or away" not grep -E ' -[0-9]|is gone' <<<"$(grown "$LAB/before" "$LAB/after")"

# one downstream goes and comes
write
hup ok
expect_within 2 "no VIF for it" not has_vif down2 "$FAMILY"
expect_within 2 "news of its entry" grep -q "$G1" "$LAB/monitor"
before=$(received h3 "$G1")
while_sending "$G1" 500 exactly "$before" received h3 "$G1"
write 'interface down2 { downstream }'
hup ok
expect_within 2 "its VIF" has_vif down2
join h3 "$G2" && leave h3 "$G2"
expect_within 12 "its members, asked by the query at its start" entry_to "$G1" down2
flows h1 "$G1" 500
expect "no packet lost at the other downstream" exactly 0 lost h1 "$G1"
expect "none twice" exactly 0 repeated h1 "$G1"
kill "$monitor"

# an interface that is not there yet: told once, when the file first names it
waiting() { logged event=interface_state interface=down9 state=waiting; }
write 'interface down2 { downstream }' 'interface down9 { disabled }'
hup ok
expect "nothing said of what is disabled" exactly 0 waiting
write 'interface down2 { downstream }' 'interface down9 { downstream }'
hup ok
expect "said that it is waited for" exactly 1 waiting
hup ok
expect "not said again" exactly 1 waiting

# refused WORDS ATOMS: in the included file, and in the first
refused() {
	hup failed
	expect "$1 in the log" grep -q "$1" "$LAB/log"
	expect "the line for programs" [ "$(grep event=config_reload "$LAB/log" | tail -n 1 | sed 's/.*result=//')" = "failed file=$2" ]
	while_sending "$G1" 100 entry_to "$G1" down2
	flows h1 "$G1"
}
write 'interface down2 { downstream' 'nonsense 1' '}'
refused "more/two:2:" "$LAB/more/two line=2 reason=bad_configuration"
EXTRA='max-groups none' write 'interface down2 { downstream }'
wrong=$(grep -n 'max-groups none' "$LAB/conf" | cut -d: -f1)
refused "conf:$wrong:" "$LAB/conf line=$wrong reason=bad_configuration"
CONF_USER=daemon write
refused '`user` needs a restart' "$LAB/conf reason=needs_restart token=user"
CONF_CHROOT=no write
refused '`chroot` needs a restart' "$LAB/conf reason=needs_restart token=chroot"
EXTRA='table 77' write
refused '`table` needs a restart' "$LAB/conf reason=needs_restart token=table"
mkdir "$LAB/other" && mv "$LAB/more/two" "$LAB/other/two" && sed -i 's,more/two,other/two,' "$LAB/conf"
wrong=$(grep -n 'include' "$LAB/conf" | cut -d: -f1)
refused 'other/two.*needs a restart' "$LAB/conf line=$wrong reason=bad_configuration"
write 'interface down2 { downstream }'
hup ok
flows h3 "$G1"
expect "no packet lost in all that time" exactly 0 lost h1 "$G1"
expect "none twice" exactly 0 repeated h1 "$G1"
say "the stream came at $(rate h1 "$G1") packets/s"
between "packets/s at the receiver, from the first to the last" 950 "$(rate h1 "$G1")" 1050
