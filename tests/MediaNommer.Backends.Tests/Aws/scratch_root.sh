#!/bin/bash
# Runs a script as root in a scratch root: a copy of this machine's files in memory, thrown away with its mount namespace.
#   scratch_root.sh SCRIPT RESULTS    what became of it is written to the folder RESULTS
set -eu
script=$(readlink -f "$1") results=$(readlink -f "$2")
[ "$(id -u)" -eq 0 ] || exec sudo -n "$0" "$script" "$results"
[ "${3:-}" = inside ] || exec unshare --mount "$0" "$script" "$results" inside

# As on a stock system, whatever whoever runs the tests has on it.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
scratch=$(mktemp -d)
trap 'umount -l "$scratch"; rmdir "$scratch"' EXIT
mount -t tmpfs scratch "$scratch"
mkdir "$scratch/upper" "$scratch/work" "$scratch/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$scratch/upper,workdir=$scratch/work" "$scratch/root"
mount -t proc proc "$scratch/root/proc"
mount --rbind /dev "$scratch/root/dev"

# As a stock image: without ffmpeg, with cloud-init. Upgrading all that is here would take minutes and prove nothing.
root="$scratch/root"
chroot "$root" bash -eu <<'PREPARE'
export DEBIAN_FRONTEND=noninteractive
apt-get -q -y remove ffmpeg >/dev/null
dpkg-query -W -f '${Package} ${source:Package}\n' | awk '$2 !~ /^(ffmpeg|python3-defaults|ca-certificates)$/ { print $1 }' | xargs apt-mark -q hold >/dev/null
! command -v ffmpeg
printf '#!/bin/sh\necho "$*" >>/cloud-init.calls\n' >/usr/local/bin/cloud-init
chmod +x /usr/local/bin/cloud-init
PREPARE
cp "$script" "$root/provision.sh"
chroot "$root" env DEBIAN_FRONTEND=noninteractive bash /provision.sh

cp "$root/cloud-init.calls" "$results/cloud-init"
chroot "$root" getent passwd media-nommer >"$results/user"
chroot "$root" bash -c 'type -P ffmpeg python3' >"$results/programs"
find "$root/var/cache/apt/archives" -name '*.deb' >"$results/packages"
