#!/usr/bin/env bash
# Runs one case as a job does: what it says goes to the job's summary, its report into reports/ci/, and it exits by verdict
# and GATE. An INVALID run is repeated REPEATS times (once unless told otherwise); any other never, a FAIL above all.
# Arguments and environment are those of `./assay run`; CREDENTIALS may hold further variables, one NAME=value per line.
set -uo pipefail
here=$(cd -- "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) || exit 64
# Where reports go. What ASSAY_WORK names is seen from the folder of the caller.
cd -- "${ASSAY_WORK:-$here}" || exit 64
export ASSAY_WORK=$PWD

while IFS= read -r line; do
  line=${line%$'\r'}
  [ -n "$line" ] || continue
  name=${line%%=*}
  value=${line#*=}
  if [[ $line != *=* || ! $name =~ ^[A-Z][A-Z0-9_]*$ ]]; then
    echo 'assay: every line of CREDENTIALS must be NAME=value, with a name such as TARGET_TOKEN' >&2
    exit 64
  fi
  [ -z "${GITHUB_ACTIONS:-}" ] || [ -z "$value" ] || echo "::add-mask::${value//%/%25}"
  export "$name=$value"
done <<<"${CREDENTIALS:-}"
unset CREDENTIALS

folder=reports/ci
rm -rf "$folder"
mkdir -p "$folder"
stem="ci-$(date -u +%Y%m%d-%H%M%S)-$$"
gate=${GATE:-pass}
invalid=3
wrong_use=64

for ((attempt = 1; ; attempt++)); do
  code=0
  RUN="$stem-$attempt" "$here/assay" run "$@" || code=$?
  # Wrong use leaves nothing behind.
  [ ! -d "reports/$stem-$attempt" ] || mv "reports/$stem-$attempt" "$folder/$attempt"
  if [ "$code" -ne "$invalid" ] || [ "$attempt" -gt "${REPEATS:-1}" ]; then break; fi
  echo 'the run was INVALID, which says nothing of the target: it is repeated'
done
if [ "$code" -ge "$wrong_use" ]; then exit "$code"; fi
# An earlier attempt must not stand for the last one.
if [ ! -f "$folder/$attempt/verdict.json" ]; then
  echo "assay: the run left no verdict (exit code $code)" >&2
  exit "$invalid"
fi

code=0
"$here/assay" collect "$folder" GATE="$gate" || code=$?
summary=${GITHUB_STEP_SUMMARY:-/dev/null}
cat "$folder/index.md" >>"$summary"
if [ -f "$folder/$attempt/report.md" ]; then cat "$folder/$attempt/report.md" >>"$summary"; fi
exit "$code"
