# A wrong configuration is exit status 1, with file and line of every error, and nothing
# is touched; -n says the same; the right one passes -n with 0.
# rows: -
downstream_new 1
conf "$(links 1)"
daemon_run -n -f "$LAB/conf" || fail "a good file is refused: $(cat "$LAB/try")"
conf 'nonsense 1' "$(links 1)" 'interface down2 { downstream' 'threshold 300' '}'
first=$(grep -n nonsense "$LAB/conf" | cut -d: -f1)
second=$(grep -n 'threshold 300' "$LAB/conf" | cut -d: -f1)
for how in -d -n; do
	status=0
	daemon_run "$how" -f "$LAB/conf" || status=$?
	expect "exit status 1 with $how, not $status" [ "$status" = 1 ]
	expect "file and line of the first error" grep -q "conf:$first:" "$LAB/try"
	expect "file and line of the second error" grep -q "conf:$second:" "$LAB/try"
	kernel_empty
done
