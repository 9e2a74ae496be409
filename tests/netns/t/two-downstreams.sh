# The same group on two downstreams. A flow that ran unwanted (an entry without
# outgoing interfaces keeps the kernel quiet) is forwarded the moment somebody joins,
# and a second downstream that joins the flowing group receives at once, too. When the
# first leaves, the second loses nothing.
# rows: all
downstream_new 1 h1
downstream_new 2 h3
tap h1 h1 eth0
tap h3 h3 eth0
tap src src eth0
conf "$(links 1 2)"
daemon_start
stream tv src "$G1"
expect_within 5 "an entry for the unwanted flow" has_entry "$G1"
while_sending "$G1" 25 exactly 0 data h1 "$G1"
expect "an entry that goes nowhere" not entry_to "$G1" down1

# at_once HOST: from its first report for the group to the first packet on its link
at_once() {
	join "$1" "$G1"
	flows "$1" "$G1"
	local report
	report=$(tap_lines "$1" out kind=report | grep -F -m 1 "$G1" | awk '{ printf "%.0f\n", $1 * 1000 }')
	between "ms from the report to the first packet at $1" -5 $(($(first_time "$1" in kind=data "dst=$G1") - report)) 400
}
at_once h1
expect "nothing yet on the second link" exactly 0 data h3 "$G1"
at_once h3

leave h1 "$G1"
expect_within 6 "the end of forwarding to the first" not entry_to "$G1" down1
flows h3 "$G1" 50
expect "no packet lost at the second" exactly 0 lost h3 "$G1"
after=$(data h1 "$G1")
while_sending "$G1" 25 exactly "$after" data h1 "$G1"
