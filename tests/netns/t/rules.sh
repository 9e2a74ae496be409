# allow and deny, with and without sources: what is denied is neither forwarded nor joined
# upstream. `ssm-strict` ignores EXCLUDE in the SSM range, without it it is taken. Static
# groups are joined at start and flow without any host, for one source or for all. What a
# reload denies goes at once, upstream too, also single sources out of lists.
# rows: ipv4-igmpv3 ipv6-mldv2
downstream_new 1 h1
downstream_new 2 h3
tap h1 h1 eth0
tap h3 h3 eth0
tap src src eth0
if [ "$FAMILY" = 4 ]; then
	prefix=239.5 size=/16 everything=0.0.0.0/0 length=/32 len=24 ssm=232.1.1.1
else
	prefix=ff1e::5 size=/112 everything=::/0 length=/128 len=64 ssm=ff3e::1:1
fi
group() { [ "$FAMILY" = 4 ] && echo "$prefix.0.$1" || echo "$prefix:$1"; }
net() { [ "$FAMILY" = 4 ] && echo "239.5.0.0/16" || echo "ff1e::5:0/112"; }
a=$(address 0 21) b=$(address 0 22)
for source in $a $b; do ip -n src addr add "$source/$len" dev eth0; done
conf "interface up0 { upstream }
interface down1 {
	downstream
	ssm-strict yes
	deny group $(group 66)$length
	allow group $(group 7)$length source $a$length
	deny group $(group 7)$length
	deny group $(group 8)$length source $b$length
	allow group $(net)
	allow group $ssm$length
	deny group $everything
}
interface down2 {
	downstream
	static group $(group 50)
	static group $(group 51) source $a
}"
daemon_start
for g in 50 51 66 7 8 1; do
	for source in $a $b; do stream "tv$g$source" src "$(group $g)" -- -s "$source" -r 20; done
done
stream tv src "$G1" "$ssm" -- -s "$a" -r 20
from() { seen "$1" in kind=data "dst=$2" "src=$3"; }

# static, before anybody has joined anything
expect_within 3 "the static group" subscribed "$(group 50)"
expect_within 3 "the static group with a source" subscribed "$(group 51)"
expect_within 3 "its stream" at_least 5 from h3 "$(group 50)" $a
expect_within 3 "its other stream" at_least 5 from h3 "$(group 50)" $b
expect_within 3 "the stream of the static source" at_least 5 from h3 "$(group 51)" $a
expect "no other source of it" exactly 0 from h3 "$(group 51)" $b

for g in 66 7 8 1; do join h1 "$(group $g)"; done
join h1 "$G1"
expect_within 3 "an allowed group" at_least 5 from h1 "$(group 1)" $a
expect_within 3 "a group with one source allowed" at_least 5 from h1 "$(group 7)" $a
expect_within 3 "a group with another source denied" at_least 5 from h1 "$(group 8)" $a
while_sending "$G1" 20 exactly 0 from h1 "$(group 66)" $a
expect "not the source that is not allowed" exactly 0 from h1 "$(group 7)" $b
expect "not the source that is denied" exactly 0 from h1 "$(group 8)" $b
expect "not what the last rule denies" exactly 0 data h1 "$G1"
for g in "$(group 66)" "$G1"; do
	expect "no subscription to $g" not subscribed "$g"
	expect "no report upstream that names it" exactly 0 grep -Fc "/$g/" <<<"$(tap_lines src in kind=report)"
done

# the SSM range
join h1 "$ssm"
join h3 "$G2"
expect_within 3 "a later report taken" subscribed "$G2"
expect "EXCLUDE in the SSM range ignored" not subscribed "$ssm"
leave h1 "$ssm"
join h1 "$ssm" "$a"
expect_within 3 "INCLUDE taken" at_least 5 data h1 "$ssm"
leave h1 "$ssm"
expect_within 6 "its end" not subscribed "$ssm"
join h3 "$ssm"
expect_within 3 "EXCLUDE taken where ssm-strict is not set" at_least 5 data h3 "$ssm"

# what was decided, and by which line
kill -USR1 "$DAEMON_PID"
expect_within 3 "the hits of the first rule" at_least 1 logged event=summary_filter "family=ipv$FAMILY" interface=down1 "rule=1 action=deny group=$(group 66)$length hits="
expect "those of a rule with a source" at_least 1 logged event=summary_filter "rule=2 action=allow group=$(group 7)$length src=$a$length hits="
expect "no rule that decided nothing" exactly 0 logged event=summary_filter "family=ipv$FAMILY" hits=0
expect "EXCLUDE in the SSM range, ignored" at_least 1 logged event=summary_refused "family=ipv$FAMILY" ssm_ignored= filtered_groups=
expect "and taken on the other link" at_least 1 logged event=summary_interface_ignored "family=ipv$FAMILY" interface=down2 ssm_lenient=

# a reload
join h1 "$(group 9)" "$a" "$b"
join h1-b "$(group 10)" "$b"
for source in $a $b; do stream "tv9$source" src "$(group 9)" -- -s "$source" -r 20; done
expect_within 3 "a source" at_least 5 from h1 "$(group 9)" "$a"
expect_within 3 "another source" at_least 5 from h1 "$(group 9)" "$b"
expect_within 3 "a group of one source" subscribed "$(group 10)"
sed -i "0,/ssm-strict yes/s//&\n\tdeny group $(net | sed 's,/,\\/,') source $(sed 's,/,\\/,' <<<"$b$length")/" "$LAB/conf"
hup ok
expect_within 2 "the end of the group of a denied source" not subscribed "$(group 10)"
expect_within 2 "the denied source left upstream" at_least 1 seen src in kind=report "records~block/$(group 9)/$b"
before=$(from h1 "$(group 9)" "$b")
while_sending "$(group 9)" 40 exactly "$before" from h1 "$(group 9)" "$b"
expect_within 3 "the other one" at_least $(($(from h1 "$(group 9)" "$a") + 5)) from h1 "$(group 9)" "$a"
