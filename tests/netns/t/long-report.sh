# One report of as many records as an IP packet holds, which the daemon handles in parts, is one
# report, of which every record has its effect. What comes behind it is heard.
# rows: ipv4-igmpv3 ipv6-mldv2
# timeout: 120
downstream_new 1 h1
# as reassembled from fragments; this way it needs none
for end in proxy:down1 wire:proxy1 wire:h11 wire:br1 h1:eth0; do ip -n "${end%:*}" link set "${end#*:}" mtu 65535; done
conf 'query-interval 1000' 'last-member-query-interval 1' "$(links 1)"
daemon_start
if [ "$FAMILY" = 4 ]; then many=8000 form=v3-report prefix=239.9.; else many=3000 form=mld2-report prefix=ff1e::9:; fi
groups() {
	local n
	for ((n = 0; n < many; n++)); do
		if [ "$FAMILY" = 4 ]; then echo "to_ex/$prefix$((n / 200)).$((n % 200))/"; else printf 'to_ex/%s%x/\n' "$prefix" "$n"; fi
	done
}
upstream_groups() { ip -n proxy maddr show dev up0 | grep -Fc " $prefix" || true; }
protocol=${ROW#*-}
counted() { metric "$1" interface=down1 "protocol=$protocol" "${@:2}"; }
mapfile -t words < <(groups)
reports=$(counted reports_received_total) records=$(counted records_received_total record=to_ex)
gm h1 "$form" "${words[@]}"
gm h1 "$form" "to_ex/$G1/"
expect_within 60 "every group of it upstream" exactly $many upstream_groups
expect_within 5 "the report behind it" subscribed "$G1"
# the host's kernel may have groups of its own to report
between "reports" 2 $(($(counted reports_received_total) - reports)) 12
between "records" $((many + 1)) $(($(counted records_received_total record=to_ex) - records)) $((many + 12))
