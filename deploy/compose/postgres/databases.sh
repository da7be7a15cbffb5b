#!/bin/bash
# A database for each service: made where missing, passwords set anew each time. Its owner migrates it;
# the service's processes are a user who reads and writes rows. Nobody else may connect to it.
set -euo pipefail

export PGHOST=postgres PGUSER=postgres PGPASSWORD
PGPASSWORD=$(cat /run/fotograma/superuser-password)

for service in auth video; do
    export SERVICE=$service
    set_up() { psql --quiet --set=ON_ERROR_STOP=1 --set=service="$service" --set=rows="${service}_rows" "$@"; }
    set_up postgres <<'SQL'
\set password `cat /run/fotograma/$SERVICE-password`
\set rows_password `cat /run/fotograma/$SERVICE-rows-password`
SELECT format('CREATE ROLE %I LOGIN', role) FROM unnest(ARRAY[:'service', :'rows']) AS role
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) \gexec
ALTER ROLE :"service" PASSWORD :'password';
ALTER ROLE :"rows" PASSWORD :'rows_password';
SELECT format('CREATE DATABASE %I OWNER %I', :'service', :'service')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'service') \gexec
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"service" TO :"rows";
SQL
    set_up "$service" <<'SQL'
GRANT USAGE ON SCHEMA public TO :"rows";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"rows";
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO :"rows";
ALTER DEFAULT PRIVILEGES FOR ROLE :"service" IN SCHEMA public
 GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"rows";
ALTER DEFAULT PRIVILEGES FOR ROLE :"service" IN SCHEMA public GRANT USAGE ON SEQUENCES TO :"rows";
SQL
done
