#!/bin/bash
# Makes a stock Debian or Ubuntu machine a worker of media-nommer. Goes there as user data; feederd put the settings in.
# For trials NOMMER_SETUP_ROOT puts every file below another folder, and NOMMER_SETUP_TRIES says how often a file is tried.
# The programs stay the machine's own (useradd, shutdown, systemctl, …): a trial puts others before them on the PATH.
set -eEuo pipefail

#settings#

root=${NOMMER_SETUP_ROOT:-}
program=$root/opt/media-nommer
config=$root/etc/media-nommer
units=$root/etc/systemd/system
data=$root/var/lib/media-nommer

say() { echo "media-nommer: $*"; }

# A machine that cannot become a worker must not go on costing money: it shuts down, which terminates it.
give_up() {
    say "setup failed in line $1; shutting down in two minutes. The lines above say why (get-console-output shows them)."
    shutdown -h +2
}
trap 'give_up $LINENO' ERR

install_packages() {
    command -v ffmpeg >/dev/null && command -v ffprobe >/dev/null && command -v python3 >/dev/null && return
    export DEBIAN_FRONTEND=noninteractive
    # Right after boot another apt may hold the locks, of which `update` waits for none, and mirrors have hiccups.
    local try
    for try in 1 2 3 4 5; do
        apt-get -q update \
            && apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends ffmpeg python3 ca-certificates \
            && return
        say "the packages could not be installed (try $try of 5)"
        [ "$try" = 5 ] || sleep $((try * 15))
    done
    return 1
}

# Fetches a file of the configuration bucket with the machine's own permissions, or with keys from worker.env.
fetch() {
    python3 - "$1" "$2" <<'PYTHON'
import datetime, hashlib, hmac, json, os, shutil, sys, time, urllib.error, urllib.parse, urllib.request

key, target = sys.argv[1:]
bucket, region = os.environ["BUCKET"], os.environ["REGION"]


def metadata(path, method="GET", headers=None):
    request = urllib.request.Request(os.environ["METADATA_URL"] + path, method=method, headers=headers or {})
    return urllib.request.urlopen(request, timeout=5).read().decode()


def keys():
    if os.environ.get("NOMMER__AWS__ACCESSKEYID"):
        names = "NOMMER__AWS__ACCESSKEYID", "NOMMER__AWS__SECRETACCESSKEY", "NOMMER__AWS__SESSIONTOKEN"
        return [os.environ.get(name, "") for name in names]
    token = metadata("/latest/api/token", "PUT", {"X-aws-ec2-metadata-token-ttl-seconds": "300"})
    header = {"X-aws-ec2-metadata-token": token}
    place = "/latest/meta-data/iam/security-credentials/"
    role = json.loads(metadata(place + metadata(place, headers=header).split("\n")[0], headers=header))
    return role["AccessKeyId"], role["SecretAccessKey"], role["Token"]


def address():
    endpoint = os.environ.get("S3_URL")
    if endpoint:
        return endpoint.rstrip("/") + "/" + bucket
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    if "." in bucket:
        return f"https://s3.{region}.{suffix}/{bucket}"
    return f"https://{bucket}.s3.{region}.{suffix}"


def signed(url, access_key, secret_key, token):
    """A GET, signed as https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html says."""
    parts = urllib.parse.urlsplit(url)
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    empty = hashlib.sha256(b"").hexdigest()
    headers = {"host": parts.netloc, "x-amz-content-sha256": empty, "x-amz-date": now}
    if token:
        headers["x-amz-security-token"] = token
    names = ";".join(sorted(headers))
    canonical = "\n".join(
        ["GET", parts.path, "", *(f"{name}:{headers[name]}" for name in sorted(headers)), "", names, empty])
    scope = f"{now[:8]}/{region}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    signing = ("AWS4" + secret_key).encode()
    for part in (now[:8], region, "s3", "aws4_request"):
        signing = hmac.new(signing, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(signing, text.encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={names}, Signature={signature}")
    return urllib.request.Request(url, headers=headers)


last = int(os.environ.get("NOMMER_SETUP_TRIES", "8")) - 1
for tries in range(last + 1):
    try:
        request = signed(address() + "/" + urllib.parse.quote(key), *keys())
        with urllib.request.urlopen(request, timeout=60) as answer, open(target, "wb") as file:
            shutil.copyfileobj(answer, file, 1 << 20)
        break
    except (urllib.error.URLError, OSError, ValueError, KeyError) as error:
        # The machine's role and network may need a moment after boot.
        detail = error.read().decode(errors="replace")[:300] if isinstance(error, urllib.error.HTTPError) else ""
        print(f"media-nommer: s3://{bucket}/{key}: {error} {detail}", file=sys.stderr)
        if tries == last:
            sys.exit(1)
        time.sleep(min(2**tries, 15))
PYTHON
}

install_program() {
    local architecture archive
    case $(uname -m) in
        x86_64) architecture=linux-x64 ;;
        aarch64) architecture=linux-arm64 ;;
        *) say "there is no build for $(uname -m)"; return 1 ;;
    esac
    archive=$(mktemp)
    mkdir -p "$program"
    fetch "nommer-$architecture.tar.gz" "$archive"
    tar -xzf "$archive" -C "$program" --no-same-owner
    rm -f "$archive"
    # Whoever packed it may have kept it to himself.
    chmod -R a+rX "$program"
    runuser -u media-nommer -- env HOME="$data" "$program/nommer" --version
}

write_service() {
    mkdir -p "$units"
    cat >"$units/media-nommer.service" <<UNIT
[Unit]
Description=media-nommer worker
After=network-online.target
Wants=network-online.target
# When the worker has left, or cannot be kept alive, the machine goes too. No FailureAction: it would come before Restart.
SuccessAction=poweroff
StartLimitAction=poweroff
StartLimitIntervalSec=3600
StartLimitBurst=5

[Service]
User=media-nommer
EnvironmentFile=$config/worker.env
ExecStart=$program/nommer nommerd -c s3://$BUCKET/nommer.json --data $data
Restart=on-failure
RestartSec=10
KillMode=mixed
TimeoutStopSec=150
OOMPolicy=continue
NoNewPrivileges=true
ProtectSystem=strict
ReadWritePaths=$data
PrivateTmp=true

[Install]
WantedBy=multi-user.target
UNIT
}

write_environment() {
    mkdir -p "$config" "$data"
    # Readable by root alone: systemd reads it before it becomes the worker's user.
    (umask 077 && printf '%s\n' "${environment[@]}" >"$config/worker.env")
    local line
    for line in "${environment[@]}"; do export "${line?}"; done
    export BUCKET REGION S3_URL METADATA_URL
}

add_user() {
    id media-nommer >/dev/null 2>&1 || useradd --system --home-dir "$data" --shell /usr/sbin/nologin media-nommer
    chown media-nommer: "$data"
}

write_environment
add_user
# Each takes a while, and neither needs the other where python3 is there, as on every stock image.
install_packages &
packages=$!
command -v python3 >/dev/null || wait "$packages"
install_program
wait "$packages"
write_service
systemctl daemon-reload
systemctl enable --now media-nommer.service
say "the worker has started"
