#!/usr/bin/env bash
# Trains the model that the repository ships in models/anisora-demo, from nothing, on two cores: two processes of one thread each,
# which are faster than one process of two threads. Can be stopped (Ctrl-C, SIGTERM, kill) and started again at any time: it goes on exactly where it was.
set -euo pipefail
cd "$(dirname "$0")/.."

out=${OUT:-out/anisora-demo}

# Goes on with a run that has a checkpoint, starts it otherwise.
train() {
  local kind=$1 folder=$2
  shift 2
  if compgen -G "$folder/checkpoints/step-*" >/dev/null; then
    ./anisora launch --processes 2 train "$kind" --out "$folder" --resume
  else
    ./anisora launch --processes 2 train "$kind" --out "$folder" "$@"
  fi
}

./anisora data prepare demo
train vae "$out/vae" --preset small
train dit "$out/dit" --preset small --vae "$out/vae"

# Shipped as float16: half the size, no visible difference.
./anisora export weights "$out/dit" models/anisora-demo --half --name anisora-demo \
  --note "vae_steps=$(tail -n 1 "$out/vae/metrics.jsonl" | sed 's/.*"step":\([0-9]*\).*/\1/')" \
  --note "vae_hours=$(tail -n 1 "$out/vae/metrics.jsonl" | sed 's/.*"trained":\([0-9.]*\).*/\1/' | awk '{printf "%.2f", $1 / 3600}')" \
  --note "licence=GPL-2.0-or-later and GPL-2.0 (terms of the art that it was trained on)"

# Every tenth line of the logs travels with the model: the demo page draws them beside its own run's.
mkdir -p models/anisora-demo/training
for part in vae dit; do
  awk 'NR % 10 == 0' "$out/$part/metrics.jsonl" >models/anisora-demo/training/$part.jsonl
done
