#!/usr/bin/env bash
# Names and functions of the scripts in this folder, which source it.
# shellcheck disable=SC2034
set -euo pipefail

here=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd)
cluster=assay
# kind gives the only node this name.
node=$cluster-control-plane
# The tests know the node by this address. Docker gives it another one each time, so `up` adds this one.
node_address=10.98.0.1
# Keys are in it: only root may read it, and it is gone when the machine starts again.
state=/run/assay-kind

say() { echo "kind: $*" >&2; }
die() {
  say "$*"
  exit 1
}
# The lines with which a script begins say how it is used.
usage() {
  sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2
  exit 2
}
need_root() { [ "$(id -u)" = 0 ] || die 'this needs root: run it with sudo'; }

# The number that this machine gives the node's first process.
node_pid() {
  local pid
  pid=$(docker inspect --type container --format '{{.State.Pid}}' "$node" 2>/dev/null) || return 1
  # With Docker in a virtual machine the process is somewhere else.
  [ "$pid" -gt 0 ] && [ -e "/proc/$pid/ns/net" ] && echo "$pid"
}
