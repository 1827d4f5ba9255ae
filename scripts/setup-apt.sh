#!/usr/bin/env bash
# Installs the packages of apt-packages.txt that are missing; touches neither the network nor root when none is.
# Usage: scripts/setup-apt.sh [all|run|notebooks]     run = without the lines marked "tests only:", "notebooks:" and "processes:";
# notebooks = what runs, and the lines marked "notebooks:"
set -euo pipefail
cd "$(dirname "$0")/.."
case ${1:-all} in
    all) left_out= ;;
    run) left_out='# (tests only|notebooks|processes):' ;;
    notebooks) left_out='# (tests only|processes):' ;;
    *)
        echo "usage: scripts/setup-apt.sh [all|run|notebooks]" >&2
        exit 2
        ;;
esac

wanted=()
while IFS= read -r line; do
    name=${line%%#*}
    name=${name//[[:space:]]/}
    [[ -n $name ]] || continue
    if [[ -n $left_out && $line =~ $left_out ]]; then continue; fi
    wanted+=("$name")
done < apt-packages.txt

if ! command -v dpkg-query > /dev/null; then
    echo "setup: not a Debian system; install the counterparts of these packages by hand: ${wanted[*]}" >&2
    exit 1
fi

# A package that was never known to dpkg makes dpkg-query fail and print nothing for it; that also means "missing".
installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2> /dev/null | awk '$2 == "installed" { print $1 }' || true)
missing=()
for name in "${wanted[@]}"; do
    grep -qxF "$name" <<< "$installed" || missing+=("$name")
done

if [[ ${#missing[@]} -eq 0 ]]; then
    echo "setup: all ${#wanted[@]} Debian packages are installed"
    exit 0
fi

echo "setup: installing ${#missing[@]} of ${#wanted[@]} Debian packages:"
for name in "${missing[@]}"; do
    grep -E "^$name[[:space:]]" apt-packages.txt | sed 's/^/  /'
done

as_root=()
if [[ $(id -u) -ne 0 ]]; then
    command -v sudo > /dev/null || {
        echo "setup: not root and no sudo here; run as root: apt-get install --no-install-recommends ${missing[*]}" >&2
        exit 1
    }
    as_root=(sudo)
fi
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0)

# An unreachable third-party source must not stop us: what matters is whether the install below succeeds.
"${apt[@]}" update || echo "setup: some package lists could not be refreshed; going on with what is known" >&2
"${apt[@]}" install -y --no-install-recommends "${missing[@]}"
echo "setup: Debian packages installed"
