#!/usr/bin/env bash
# Everything that a one-host installation holds, in one folder.
#
#   deploy/compose/backup.sh save FOLDER       stops the containers, copies, starts them again
#   deploy/compose/backup.sh restore FOLDER    into an installation that holds nothing yet; starts it
#
# The parts refer to each other (rows to objects, objects to rows, passwords to users), so they are
# copied while all of them stand still. The folder holds passwords and keys: keep it as you keep them.
# COMPOSE says how Compose is called here, where that is not `docker compose`.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
read -ra compose <<<"${COMPOSE:-docker compose}"

main() {
    local action=${1:-} folder=${2:-}
    [[ -n $folder ]] || usage
    case $action in
        # Not over an older one, which would be lost if this one failed.
        save) mkdir -m 700 "$folder" ;;
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
    # Whatever happens, the product runs again.
    trap start EXIT
    "${compose[@]}" stop
    copy save "$1"
    # What is not in volumes: settings, and certificates of the operator's own.
    [[ ! -f .env ]] || cp -p .env "$1/"
    cp -pR deploy/compose/gateway/site.d "$1/"
}

restore() {
    copy restore "$1"
    start
}

start() {
    "${compose[@]}" up -d
}

copy() { # save|restore FOLDER
    "${compose[@]}" run --rm --no-deps -T -v "$2:/backup" backup "$1"
}

main "$@"
