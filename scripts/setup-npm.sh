#!/usr/bin/env bash
# Installs the npm packages of package-lock.json (native libraries and browser code, no install scripts), once:
# the lock that was installed is kept beside them and compared, so nothing is fetched again until it changes.
set -euo pipefail
cd "$(dirname "$0")/.."
stamp=node_modules/.anisora-lock.json

if cmp -s package-lock.json "$stamp"; then
    echo "setup: npm packages are installed and match package-lock.json"
    exit 0
fi
command -v npm > /dev/null || {
    echo "setup: npm is missing; install it with: apt-get install npm" >&2
    exit 1
}
echo "setup: installing the npm packages of package-lock.json"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
cp package-lock.json "$stamp"
