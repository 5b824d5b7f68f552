#!/bin/sh
# restore-database.sh BASE LOG DATA [TIME]: make of a base backup (pg_basebackup) and a received log a data folder DATA from which
# PostgreSQL starts as it was at its last transaction, or at TIME ('2026-11-29 12:00:00+00'). BASE and LOG are only read.
set -eu
base=$1 log=$2 data=$3 moment=${4:-}
[ -f "$base/backup_manifest" ] || { echo "$base is no base backup: it has no backup_manifest" >&2; exit 1; }
[ ! -e "$data" ] || [ -z "$(ls -A "$data")" ] || { echo "$data is not empty: restore into a new folder" >&2; exit 1; }
pg_verifybackup --quiet --no-parse-wal "$base" || { echo "$base is damaged" >&2; exit 1; }
mkdir -p "$data"
cp -R "$base/." "$data/"
chmod 0700 "$data"
# the last segment is received in part: its name says so
cat >> "$data/postgresql.auto.conf" <<CONF
restore_command = 'cp "$log/%f" "%p" 2>/dev/null || cp "$log/%f.partial" "%p"'
recovery_target_timeline = 'latest'
synchronous_standby_names = ''
CONF
if [ -n "$moment" ]; then
    printf "recovery_target_time = '%s'\nrecovery_target_action = 'promote'\n" "$moment" >> "$data/postgresql.auto.conf"
fi
touch "$data/recovery.signal"
