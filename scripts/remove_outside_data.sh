#!/bin/sh
# Removes what root's demo keeps outside of a checkout, see demo/embedded/postgres_home.py: remove_outside_data.sh FOLDER
set -eu
state=/var/lib/invoice-service-embedded

# PostgreSQL's data, where the server's user may not enter FOLDER.
if [ -d "$1" ]; then
    find "$1" -name server -type l | while IFS= read -r link; do
        target=$(readlink "$link")
        case $target in
            "$state"/*) rm -rf "$target" ;;
        esac
    done
fi

# Copies of programs whose origin is gone.
for copy in "$state"/postgres-*; do
    if [ -L "$copy/origin" ] && [ ! -e "$copy/origin" ]; then
        rm -rf "$copy"
    fi
done
