# Counts and prints tests, for the scripts that run them: `passed`, `failed`, `skipped`, and a folder `work` that goes in the
# end. To be sourced by bash.
#
# A test is one line: "ok NAME (1.2 s)", "FAIL NAME (1.2 s)" with the reason below, or "SKIPPED NAME: why". A script of tests
# ends with closing().
#
# SPDX-License-Identifier: GPL-2.0-or-later

passed=0
failed=0
skipped=0
only= # a part of names: other tests run all the same, as later ones may need them, but are neither shown nor counted
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT

# now: seconds with a fraction; since SECONDS: what has passed, in words of a test's line.
now() { printf '%s\n' "${EPOCHREALTIME/,/.}"; }
since() { awk -v from="$1" -v to="$(now)" 'BEGIN { printf "(%.1f s)\n", to - from }'; }

# test_that NAME COMMAND...: one test that is a command, which may stop itself; its output is shown when it fails.
test_that() {
    local name=$1 output began status=0
    shift
    output=$(mktemp "$work/output-XXXXXX")
    began=$(now)
    ("$@") >"$output" 2>&1 || status=1
    if [[ $name != *"$only"* ]]; then
        :
    elif [ $status = 0 ]; then
        echo "ok $name $(since "$began")"
        passed=$((passed + 1))
    else
        echo "FAIL $name $(since "$began")"
        sed 's/^/    /' "$output" | tail -n 60
        failed=$((failed + 1))
    fi
    rm "$output"
    return $status
}

# skip NAME REASON: a test that cannot be done here. It is counted, and said again in the end.
skip() {
    echo "SKIPPED $1: ${2//$'\n'/; }"
    skipped=$((skipped + 1))
}

# closing: the last line.
closing() {
    local more=
    [ "$skipped" = 0 ] || more=", $skipped skipped"
    echo "$passed passed, $failed failed$more"
}

# suite COMMAND...: a command that prints its own tests and ends with closing().
suite() {
    local last output
    output=$(mktemp "$work/suite-XXXXXX")
    "$@" 2>&1 | tee "$output"
    last=$(tail -n 1 "$output")
    rm "$output"
    if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
        skipped=$((skipped + ${BASH_REMATCH[4]:-0}))
    else
        echo "FAIL $* did not come to its end"
        failed=$((failed + 1))
    fi
}
