# Counting for the scripts of the tests, to be sourced: each of them closes with "N passed, N failed, N skipped".
# shellcheck shell=bash
set -o pipefail

passed=0 failed=0 skipped=0

# What failed in stages is said again at the very end, by the outermost script alone: hours of output lie before it.
tally_is_outermost=${TALLY_IS_INSIDE:+no} failures=
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

# stage NAME COMMAND...: runs it, shows what it says, and adds the tally that it closes with. Without one it counts as one
# test. A command that fails although its tally has no failure counts as one failure more.
stage() {
    local name=$1 log line code=0
    shift
    log=$(mktemp)
    echo "== $name"
    "$@" 2>&1 | tee "$log" || code=${PIPESTATUS[0]}
    # Boost.Test may have left the colour of its last word in front of it.
    line=$(sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -aE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' | tail -n 1 || true)
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
    rm -f "$log"
    [ "$code" -eq 0 ] || echo "FAILED: $name (exit code $code)" >&2
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# Prints the closing line; fails when something failed.
close_tally() {
    [ -z "$failures" ] || [ "$tally_is_outermost" = no ] || printf '== what failed\n%s' "$failures"
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}
