#!/bin/sh
# Installs what the benchmarks measure against: Celery, RQ, Redis, BullMQ, wrk. Debian; run as root or with sudo.
set -eu
root=$(dirname "$(dirname "$(readlink -f "$0")")")
packages="python3 python3-celery python3-rq python3-redis redis-server wrk nodejs npm ffmpeg"

missing=
for package in $packages; do
    case $package in
        nodejs) command -v node >/dev/null || missing="$missing $package" ;;
        npm) command -v npm >/dev/null || missing="$missing $package" ;;
        *) dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package" ;;
    esac
done
if [ -n "$missing" ]; then
    as_root=
    [ "$(id -u)" = 0 ] || as_root=sudo
    $as_root apt-get update -q
    # shellcheck disable=SC2086 # a list of words
    RUNLEVEL=1 $as_root apt-get install -y -q --no-install-recommends $missing
fi

peers=$root/artifacts/bench/peers
mkdir -p "$peers"
if [ ! -d "$peers/node_modules/bullmq" ]; then
    npm install --no-audit --no-fund --loglevel=error --prefix "$peers" bullmq ioredis
fi
