#!/bin/bash
# Makes a worker's image of a stock Debian: what the user data would install at every start is there already.
# Run as root; Packer does so on a machine of its own (worker.pkr.hcl), the tests in a scratch root.
set -eux

cloud-init status --wait
apt-get -q update
apt-get -q -y upgrade
apt-get -q -y install --no-install-recommends ffmpeg python3 ca-certificates
ffmpeg -hide_banner -version
useradd --system --home-dir /var/lib/media-nommer --shell /usr/sbin/nologin media-nommer
# The next machine is another one.
cloud-init clean --logs --machine-id
apt-get clean
