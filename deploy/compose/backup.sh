#!/usr/bin/env bash
# Everything that a one-host installation holds, in one folder.
#
#   deploy/compose/backup.sh save FOLDER       stops the containers, copies, starts them again
#   deploy/compose/backup.sh restore FOLDER    into volumes that do not exist yet, then starts
#
# The parts refer to each other (rows to objects, objects to rows, passwords to users), so they are
# copied while all of them stand still. The folder holds passwords and keys: keep it as you keep them.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
volumes=(postgres rabbitmq s3 aws gateway secrets)
image=postgres:18
project=${COMPOSE_PROJECT_NAME:-$(basename "$root" | tr '[:upper:]' '[:lower:]' | tr -cd 'a-z0-9_-')}
read -ra compose <<<"${COMPOSE:-docker compose}"

main() {
    local action=${1:-} folder=${2:-}
    [[ -n $folder ]] || usage
    case $action in
        save) mkdir -p -m 700 "$folder" ;;
        restore) ;;
        *) usage ;;
    esac
    folder=$(cd "$folder" && pwd)
    cd "$root"
    "$action" "$folder"
}

usage() {
    sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
}

save() {
    "${compose[@]}" stop
    local volume
    for volume in "${volumes[@]}"; do
        in_container "$volume" ro "$1" tar --create --gzip --file="/backup/$volume.tar.gz" -C /data .
    done
    "${compose[@]}" up -d
}

restore() {
    local volume
    for volume in "${volumes[@]}"; do
        [[ -f $1/$volume.tar.gz ]] || { echo "$1 has no $volume.tar.gz" >&2; exit 1; }
        ! docker volume inspect "${project}_$volume" >/dev/null 2>&1 || {
            echo "${project}_$volume exists; 'docker compose down -v' would delete it" >&2
            exit 1
        }
    done
    "${compose[@]}" up --no-start
    for volume in "${volumes[@]}"; do
        in_container "$volume" rw "$1" tar --extract --gzip --file="/backup/$volume.tar.gz" -C /data
    done
    "${compose[@]}" up -d
}

in_container() { # VOLUME ro|rw FOLDER COMMAND…
    local volume=$1 mode=$2 folder=$3
    shift 3
    docker run --rm --network none --user 0:0 --entrypoint "$1" \
        -v "${project}_$volume:/data:$mode" -v "$folder:/backup" "$image" "${@:2}"
}

main "$@"
