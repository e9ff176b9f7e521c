#!/usr/bin/env bash
# Prints the folder of real clips that nobody of this project made: Debian packages ship some. They are unpacked, not
# installed, and kept for the next time.
set -euo pipefail
folder=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/media-nommer/clips
packages=(lebiniou-data planetblupi-common fillets-ng-data)

if [ ! -e "$folder/complete" ]; then
    mkdir -p "$folder"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    # apt's own user may not write into a folder of ours, and says so; it downloads all the same.
    (cd "$work" && { apt-get -qq download "${packages[@]}" || { apt-get -qq update && apt-get -qq download "${packages[@]}"; }; }) >&2
    for package in "$work"/*.deb; do
        dpkg -x "$package" "$work/unpacked"
    done
    find "$work/unpacked" \( -name '*.mp4' -o -name '*.mkv' -o -name '*.mpg' \) -exec mv -t "$folder" {} +
    touch "$folder/complete"
fi
echo "$folder"
