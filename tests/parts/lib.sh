# What the parts share. From tests/run: TOP (the tree), OUT (the build), WORK (a private
# directory), KEEP (where to keep what a failing test leaves).
set -u

# wanted NAME [NAMES...]: whether the caller asked for it; no names ask for all
wanted() { [ $# = 1 ] || [[ " ${*:2} " = *" $1 "* ]]; }

# programs PREFIX: the check programs of the build that are called so
programs() {
	local program
	for program in $(printf 'include Makefile\nprint:\n\t@echo $(check_PROGRAMS)\n' | make -s -C "$OUT" -f - print); do
		[[ $program != "$1"* ]] || echo "$program"
	done
}

# sanitized NAME PROGRAM...: false when it fails or when a sanitizer wrote a log, whatever
# the exit status was: a leaking Criterion test says ok. sanitizer_said NAME shows the log.
sanitized() {
	local status=0
	ASAN_OPTIONS=log_path=$WORK/san/$1:detect_leaks=1 UBSAN_OPTIONS=log_path=$WORK/san/$1:print_stacktrace=1 \
		timeout -k 5 "${LIMIT:-300}" "${@:2}" || status=$?
	[ -z "$(sanitizer_said "$1")" ] || return 99
	return $status
}
sanitizer_said() { cat "$WORK/san/$1".* 2>/dev/null; }

# verdict NAME WORDS-FILE STATUS: one line; the words of a failing one follow it
verdict() {
	if [ "$3" = 0 ]; then
		echo "ok $1"
	else
		echo "not ok $1 (status $3)"
		sed 's/^/    /' "$2"
	fi
}
