#!/usr/bin/env bash
# Style checks that change nothing: dotnet format over the solution, and the rules that it does not know.
set -euo pipefail
cd "$(dirname "$0")/.."
failed=0

complain() {
    echo "lint: $1" >&2
    failed=1
}

for script in anisora .ci/run scripts/*.sh; do
    bash -n "$script" || complain "$script: not valid bash"
done

tracked() { git ls-files -z -- "$@"; }

if tracked '*.md' '*.sh' '*.props' '*.targets' '*.csproj' '*.json' '*.txt' Makefile anisora .ci/run |
    xargs -0 -r grep -nE '[[:blank:]]+$' --; then
    complain "trailing blanks in the lines above"
fi
if grep -n '"resolved"' package-lock.json; then
    complain "package-lock.json names download addresses: delete the \"resolved\" lines (.npmrc leaves them out)"
fi

node scripts/lint-notebooks.mjs || complain "notebooks break the rules above"

dotnet format AniSora.sln --no-restore --verify-no-changes || complain "run: make format (compiler errors above: make build)"

[[ $failed -eq 0 ]] && echo "lint: clean"
exit "$failed"
