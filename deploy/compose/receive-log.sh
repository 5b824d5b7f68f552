#!/bin/sh
# Follow PostgreSQL's write-ahead log into a folder, flushed as it comes, by PostgreSQL's own program. The slot keeps what was
# not received yet. With synchronous_standby_names=dramatis_log a commit waits until it is here: nothing committed is lost, and
# nothing is committed while this does not run.
set -eu
folder=$1
if [ -n "${PASSWORD_FILE:-}" ]; then PGPASSWORD=$(cat "$PASSWORD_FILE"); export PGPASSWORD; fi
export PGAPPNAME=dramatis_log
mkdir -p "$folder"
pg_receivewal --slot dramatis_log --create-slot --if-not-exists
exec pg_receivewal --slot dramatis_log --synchronous --directory "$folder"
