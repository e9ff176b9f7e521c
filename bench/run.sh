#!/bin/sh
# Measures media-nommer and its peers on this machine and writes bench/RESULTS.md.
#   bench/run.sh [--quick] [overhead|orchestration|latency|throughput|growth|idle|fleet|all] …
# --quick: small sets and few rounds, to see that everything runs; RESULTS.md then says so.
# BENCH_ROUNDS=N sets the rounds. Nothing else should run on the machine meanwhile.
set -eu
here=$(dirname "$(readlink -f "$0")")
root=$(dirname "$here")
all="overhead orchestration latency throughput growth idle fleet"

parts=
for argument; do
    case $argument in
        --quick) export BENCH_QUICK=1 ;;
        all) parts=$all ;;
        overhead | orchestration | latency | throughput | growth | idle | fleet) parts="$parts $argument" ;;
        *)
            sed -n '2,5s/^# \{0,1\}//p' "$0" >&2
            exit 2
            ;;
    esac
done

"$here/setup.sh"
"$root/nommer" --version
for part in ${parts:-$all}; do
    begun=$(date +%s)
    PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$here/$part.py"
    echo "$part took $(($(date +%s) - begun)) s"
done
/usr/bin/python3 "$here/report.py"
