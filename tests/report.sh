# Counts and prints tests, for the scripts that run them: `passed`, `failed`, and a folder `work` that goes in the end.
# To be sourced by bash.
#
# SPDX-License-Identifier: GPL-2.0-or-later

passed=0
failed=0
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT

# test_that NAME COMMAND...: one test that is a command, which may stop itself; its output is shown when it fails.
test_that() {
    local name=$1 output
    shift
    output=$(mktemp "$work/output-XXXXXX")
    if ("$@") >"$output" 2>&1; then
        echo "ok $name"
        passed=$((passed + 1))
        rm "$output"
    else
        echo "FAIL $name"
        sed 's/^/    /' "$output" | tail -n 60
        failed=$((failed + 1))
        rm "$output"
        return 1
    fi
}

# suite COMMAND...: a command that prints its own tests and closes with "N passed, N failed".
suite() {
    local last output
    output=$(mktemp "$work/suite-XXXXXX")
    "$@" 2>&1 | tee "$output"
    last=$(tail -n 1 "$output")
    rm "$output"
    if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
    else
        echo "FAIL $* did not come to its end"
        failed=$((failed + 1))
    fi
}
