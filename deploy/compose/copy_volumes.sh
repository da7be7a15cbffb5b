#!/bin/bash
# Copies every volume below /data to an archive in /backup, or back. Runs in the container `backup`;
# see backup.sh.
set -euo pipefail

cd /data
volumes=(*)

save() {
    for volume in "${volumes[@]}"; do
        tar --create --gzip --numeric-owner --file="/backup/$volume.tar.gz" -C "$volume" .
    done
    cd /backup
    # The last to be written: without it the copy is not whole.
    sha256sum -- *.tar.gz >SHA256SUMS
    chown --reference=. -- *.tar.gz SHA256SUMS
}

restore() {
    (cd /backup && sha256sum --check --quiet --strict SHA256SUMS)
    for volume in "${volumes[@]}"; do
        [[ -f /backup/$volume.tar.gz ]] || fail "the backup has no $volume.tar.gz"
        [[ -z $(ls -A "$volume") ]] || fail "the volume $volume holds something; nothing was changed"
    done
    for volume in "${volumes[@]}"; do
        tar --extract --gzip --numeric-owner --file="/backup/$volume.tar.gz" -C "$volume"
    done
}

fail() {
    echo "$1" >&2
    exit 1
}

"$1"
