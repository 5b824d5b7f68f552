#!/bin/sh
# Run once, when the database is new: the two roles of the studio, with the passwords that stand in their URLs.
set -eu
password_of() { sed -E 's#^[^:]+://[^:]+:([^@]+)@.*#\1#' "/run/secrets/$1"; }
psql --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname dramatis \
    --set "app=$(password_of dramatis_database_url)" --set "owner=$(password_of dramatis_database_owner_url)" <<'SQL'
CREATE ROLE dramatis_app LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'app';
CREATE ROLE dramatis_owner LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'owner';
ALTER DATABASE dramatis OWNER TO dramatis_owner;
ALTER SCHEMA public OWNER TO dramatis_owner;
SQL
