#!/bin/sh
# Builds libanisora_torch.so when it is older than its source, one build at a time.
#   native/build.sh FOLDER      (LIBTORCH names another libtorch, see CMakeLists.txt)
set -eu
source=$(cd "$(dirname "$0")" && pwd)
folder=$1
mkdir -p "$folder"
exec 9>"$folder/.lock"
flock 9

# The choice of libtorch is an input too: building against another one starts over.
choice="$folder/libtorch.txt"
[ "$(cat "$choice" 2>/dev/null || echo none)" = "${LIBTORCH:-system}" ] || { rm -f "$folder/CMakeCache.txt"; echo "${LIBTORCH:-system}" > "$choice"; }

library="$folder/libanisora_torch.so"
if [ -e "$library" ] && [ -z "$(find "$source" "$choice" -type f -newer "$library" -print -quit)" ]; then exit 0; fi

command -v cmake >/dev/null || { echo "error: cmake is missing: run 'make setup' (or apt-get install cmake g++ libtorch-dev)" >&2; exit 1; }
cmake -S "$source" -B "$folder" -DCMAKE_BUILD_TYPE=Release ${LIBTORCH:+-DLIBTORCH="$LIBTORCH"} >"$folder/build.log" 2>&1 &&
  cmake --build "$folder" >>"$folder/build.log" 2>&1 || {
    echo "error: building libanisora_torch.so failed; the log is $folder/build.log:" >&2
    grep -iE "error|not found" "$folder/build.log" | head -5 >&2 || true
    exit 1
  }
touch "$library"
