#!/usr/bin/env bash
# Installs the npm packages of package-lock.json (native libraries and browser code, no install scripts), once:
# the lock that was installed is kept beside them and compared, so nothing is fetched again until it changes.
# 'setup-npm.sh run' leaves out what only tests use (devDependencies), some 300 MB.
set -euo pipefail
cd "$(dirname "$0")/.."
stamp=node_modules/.anisora-lock.json part=node_modules/.anisora-run-only
omit=()
[[ ${1:-all} != run ]] || omit=(--omit=dev)

if cmp -s package-lock.json "$stamp" && [[ ${#omit[@]} -gt 0 || ! -f $part ]]; then
    echo "setup: npm packages are installed and match package-lock.json"
    exit 0
fi
command -v npm > /dev/null || {
    echo "setup: npm is missing; install it with: apt-get install npm" >&2
    exit 1
}
echo "setup: installing the npm packages of package-lock.json"
npm ci "${omit[@]}" --ignore-scripts --no-audit --no-fund --loglevel=error
cp package-lock.json "$stamp"
[[ ${#omit[@]} -eq 0 ]] || touch "$part"
