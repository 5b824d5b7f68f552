#!/bin/sh
# What compose.yaml relies on of the official image's entry point: a new cluster with a password, a database, the scripts for new
# clusters; then the server in the foreground.
set -eu
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA" && chown -R postgres "$PGDATA"
    exec setpriv --reuid postgres --regid postgres --init-groups /bin/sh "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    initdb --pgdata "$PGDATA" --username postgres --pwfile "$POSTGRES_PASSWORD_FILE" --auth-host scram-sha-256 --auth-local trust --encoding UTF8 --locale C.UTF-8 >/dev/null
    printf 'host all all all scram-sha-256\nhost replication all all scram-sha-256\n' >> "$PGDATA/pg_hba.conf"
    pg_ctl --pgdata "$PGDATA" --wait -o "-c listen_addresses='' -k /tmp" start >/dev/null
    export PGHOST=/tmp POSTGRES_USER=postgres
    createdb --username postgres "$POSTGRES_DB"
    for script in /docker-entrypoint-initdb.d/*.sh; do /bin/sh "$script"; done
    unset PGHOST
    pg_ctl --pgdata "$PGDATA" --wait stop >/dev/null
fi
exec "$@" -c listen_addresses='*' -k /tmp
