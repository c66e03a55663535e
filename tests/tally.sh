# Counting for the scripts of the tests, to be sourced: each of them closes with "N passed, N failed, N skipped".
# shellcheck shell=bash
set -o pipefail

passed=0 failed=0 skipped=0

# What failed in stages, and how long each took, is said again at the very end, by the outermost script alone: a lot of
# output lies before it.
tally_is_outermost=${TALLY_IS_INSIDE:+no} failures='' durations=''
export TALLY_IS_INSIDE=yes

# failures_in LOG: the lines of a stage's output that say what failed, and in which context of the test.
failures_in() {
    sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
        /^Failure occurred in a following context:/ { inside = 1; next }
        inside && /^    / { print; next }
        { inside = 0 }
        /error: in "|^FAILED: |: error: |^(ERROR|SUMMARY|WARNING): .*Sanitizer/' | cut -c1-600 | head -n 100 || true
}

# claim "sentence" COMMAND...: one test, which passes when the command succeeds. Only a failure is talked about.
claim() {
    local sentence=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $sentence" >&2
    fi
}

# skip "sentence" REASON
skip() {
    skipped=$((skipped + 1))
    echo "skipped: $1: $2"
}

# tally_in LOG: the tally that it closes with; nothing when there is none.
tally_in() {
    # Boost.Test may have left the colour of its last word in front of it.
    sed 's/\x1b\[[0-9;]*m//g' "$1" | grep -aE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' | tail -n 1 || true
}

# durations_in LOG: what its stages took, further to the right.
durations_in() {
    local took name
    sed -nE 's/^-- (.*): ([0-9]+) s$/\2 \1/p' "$1" | while read -r took name; do duration "$took" "    $name"; done
}
duration() { printf '%6d s  %s\n' "$1" "$2"; }

# stage NAME COMMAND...: runs it, shows what it says and how many seconds it took, and adds the tally that it closes
# with. Without one it counts as one test. A command that fails although its tally has no failure counts as one more.
stage() {
    local name=$1 log line took=$SECONDS code=0
    shift
    log=$(mktemp)
    echo "== $name"
    "$@" 2>&1 | tee "$log" || code=${PIPESTATUS[0]}
    took=$((SECONDS - took))
    line=$(tally_in "$log")
    local p=0 f=0 s=0
    if [ -n "$line" ]; then
        read -r p f s < <(tr -dc '0-9 \n' <<<"$line")
        [ "$code" -eq 0 ] || [ "$f" -ne 0 ] || f=1
    elif [ "$code" -eq 0 ]; then
        p=1
    else
        f=1
    fi
    [ "$f" -eq 0 ] || failures+="-- $name"$'\n'$(failures_in "$log")$'\n'
    durations+=$(duration "$took" "$name"; durations_in "$log")$'\n'
    rm -f "$log"
    echo "-- $name: $took s"
    [ "$code" -eq 0 ] || echo "FAILED: $name (exit code $code)" >&2
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# Prints the closing line; fails when something failed.
close_tally() {
    if [ "$tally_is_outermost" != no ]; then
        [ -z "$durations" ] || printf '== how long each stage took\n%s' "$durations"
        [ -z "$failures" ] || printf '== what failed\n%s' "$failures"
    fi
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}
