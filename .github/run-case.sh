#!/usr/bin/env bash
# Runs a case as a job does, or with CASE=ALL each that is chosen: what is said goes to the job's summary, reports into
# reports/ci/, and it exits by the worst verdict and GATE. An INVALID run is repeated REPEATS times (once unless told otherwise);
# any other never, a FAIL above all. Arguments and environment are those of `./assay run`; CREDENTIALS may hold further variables,
# one NAME=value per line.
set -uo pipefail
here=$(cd -- "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) || exit 64
# Where reports go. Nothing changes the folder: what ASSAY_WORK, TARGET and the like name is seen from that of the caller.
work=$(cd -- "${ASSAY_WORK:-$here}" && pwd) || exit 64
export ASSAY_WORK=$work
invalid=3
wrong_use=64

refuse() {
  echo "assay: $1" >&2
  exit "$wrong_use"
}

# Before any run: a word that nobody understands must not cost one.
gate=${GATE:-pass}
case $gate in
pass | no-fail) ;;
*) refuse "unknown GATE=\"$gate\"; valid: pass, no-fail" ;;
esac
repeats=${REPEATS:-1}
[[ $repeats =~ ^[0-9]{1,2}$ ]] || refuse "REPEATS=\"$repeats\": expected a whole number from 0 to 99"

while IFS= read -r line; do
  line=${line%$'\r'}
  [ -n "$line" ] || continue
  name=${line%%=*}
  value=${line#*=}
  if [[ $line != *=* || ! $name =~ ^[A-Z][A-Z0-9_]*$ ]]; then
    refuse 'every line of CREDENTIALS must be NAME=value, with a name such as TARGET_TOKEN'
  fi
  [ -z "${GITHUB_ACTIONS:-}" ] || [ -z "$value" ] || echo "::add-mask::${value//%/%25}"
  export "$name=$value"
done <<<"${CREDENTIALS:-}"
unset CREDENTIALS

# What a target answers is shown, and must give no orders to the job: https://docs.github.com/actions, "stop-commands".
quietly() {
  if [ -z "${GITHUB_ACTIONS:-}" ]; then
    "$@"
    return
  fi
  local word result=0
  word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  echo "::stop-commands::$word"
  "$@" || result=$?
  echo "::$word::"
  return "$result"
}

folder=$work/reports/ci
rm -rf "$folder"
mkdir -p "$folder"
stem="ci-$(date -u +%Y%m%d-%H%M%S)-$$"
last=()

# Runs what the arguments say until it is not INVALID; returns what a run that left no verdict comes to. $1 stands before the
# number of the attempt in the names of folders.
attempts() {
  local prefix=$1 attempt code run
  shift
  for ((attempt = 1; ; attempt++)); do
    code=0
    run="$stem-$prefix$attempt"
    RUN=$run quietly "$here/assay" run "$@" || code=$?
    # Wrong use leaves nothing behind.
    [ ! -d "$work/reports/$run" ] || mv "$work/reports/$run" "$folder/$prefix$attempt"
    if [ "$code" -ne "$invalid" ] || [ "$attempt" -gt "$repeats" ]; then break; fi
    echo 'the run was INVALID, which says nothing of the target: it is repeated'
  done
  if [ "$code" -ge "$wrong_use" ]; then return "$code"; fi
  last+=("$folder/$prefix$attempt")
  # An earlier attempt must not stand for the last one.
  [ -f "$folder/$prefix$attempt/verdict.json" ] || {
    echo "assay: the run left no verdict (exit code $code)" >&2
    return "$invalid"
  }
}

# The value of a variable: the last argument that gives it, else the environment's.
given() {
  local value=${!1:-} argument
  for argument in "${@:2}"; do [[ $argument != "$1="* ]] || value=${argument#*=}; done
  printf '%s' "$value"
}

# Whoever ends a run wants no further one.
interrupted=''
trap 'interrupted=1' INT TERM
lost=0
if [ "$(given CASE "$@")" = ALL ]; then
  # Each in a run of its own, so that only what was INVALID is repeated.
  listing=$("$here/assay" list JSON=1 "$@") || exit "$wrong_use"
  rows=$(node -e 'for (const { id, scenario, system } of JSON.parse(process.argv[1]).cases)
    console.log([id.replace(/[^A-Za-z0-9]+/g, "-"), id, scenario, system].join(" "))' "$listing") || exit "$wrong_use"
  while read -r name case scenario system; do
    attempts "$name-" "$@" "CASE=$case" "SCENARIO=$scenario" "SYSTEM=$system" </dev/null || lost=$(($? > lost ? $? : lost))
    [ -z "$interrupted" ] || break
  done <<<"$rows"
else
  attempts '' "$@" || lost=$?
  if [ "$lost" -ge "$wrong_use" ]; then exit "$lost"; fi
fi

code=0
"$here/assay" collect "$folder" GATE="$gate" || code=$?
# A run without a verdict is not in the page, and no gate excuses it. A FAIL of another one is worse, but for wrong use.
if [ "$lost" -ge "$wrong_use" ] || { [ "$lost" -ne 0 ] && [ "$code" -ne 1 ]; }; then code=$lost; fi
summary=${GITHUB_STEP_SUMMARY:-/dev/null}
cat "$folder/index.md" >>"$summary"
for run in "${last[@]}"; do
  [ ! -f "$run/report.md" ] || cat "$run/report.md" >>"$summary"
done
exit "$code"
