# Counting for the scripts of the tests, to be sourced: each of them closes with "N passed, N failed, N skipped".
# shellcheck shell=bash
set -o pipefail

passed=0 failed=0 skipped=0

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
    rm -f "$log"
    local p=0 f=0 s=0
    if [ -n "$line" ]; then
        read -r p f s < <(tr -dc '0-9 \n' <<<"$line")
        [ "$code" -eq 0 ] || [ "$f" -ne 0 ] || f=1
    elif [ "$code" -eq 0 ]; then
        p=1
    else
        f=1
    fi
    [ "$code" -eq 0 ] || echo "FAILED: $name (exit code $code)" >&2
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# Prints the closing line; fails when something failed.
close_tally() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}
