#!/usr/bin/env bash
# Runs the tests of an already built solution, project by project, and ends with one line "N passed, N failed" counted
# from the result files. Usage: scripts/test.sh [Release|Debug]
set -euo pipefail
cd "$(dirname "$0")/.."
config=${1:-Release}
results=out/test-results
rm -rf "$results"
mkdir -p "$results"
status=0

# One project at a time (-m:1): each of them may use every core, and the time limits of one must not pay for another.
dotnet test AniSora.sln -c "$config" --no-build -m:1 \
    --results-directory "$results" \
    --logger 'console;verbosity=minimal' \
    --logger 'trx;LogFilePrefix=tests' || status=$?

count() { # count <attribute of the Counters element>: its sum over all result files
    cat "$results"/*.trx 2> /dev/null | grep -o '<Counters [^>]*>' | grep -o " $1=\"[0-9]*\"" | tr -dc '0-9\n' |
        awk '{ n += $1 } END { print n + 0 }'
}
passed=$(count passed) || passed=0
failed=$(count failed) || failed=0
total=$(count total) || total=0

# Said again at the end: in a long log the names are far above.
grep -ho '<UnitTestResult [^>]*outcome="Failed"' "$results"/*.trx 2> /dev/null |
    sed -E 's/.* testName="([^"]*)".*/failed: \1/' || true

if [[ $total -eq 0 ]]; then
    echo "test: no test ran" >&2
    status=1
fi
# A test host that died, or a run that was cut short, leaves no failed test behind: count it as one.
if [[ $status -ne 0 && $failed -eq 0 ]]; then
    echo "test: dotnet test ended with exit code $status although no test reported a failure" >&2
    failed=1
fi
if ((total > passed + failed)); then
    echo "test: $((total - passed - failed)) skipped"
fi
echo "$passed passed, $failed failed"
[[ $failed -eq 0 && $status -eq 0 ]]
