#!/bin/bash
# A database and a user for each service: made where missing, passwords set anew each time.
# Only its owner may connect to a database.
set -euo pipefail

export PGHOST=postgres PGUSER=postgres PGPASSWORD
PGPASSWORD=$(cat /run/fotograma/superuser-password)

for service in auth video; do
    SERVICE=$service psql --quiet --set=ON_ERROR_STOP=1 --set=service=$service postgres <<'SQL'
\set password `cat /run/fotograma/$SERVICE-password`
SELECT format('CREATE ROLE %I LOGIN', :'service')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'service') \gexec
ALTER ROLE :"service" PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'service', :'service')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'service') \gexec
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
SQL
done
