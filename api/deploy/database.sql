-- Run once, by PostgreSQL's image on an empty volume, as its superuser. The service's role owns its one database and nothing else.
\set password `cat /run/secrets/postgres_password`
CREATE ROLE coach LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE coach OWNER coach;
REVOKE CONNECT, TEMPORARY ON DATABASE coach FROM PUBLIC;
REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;
-- Nobody comes as the superuser over the network; within the container it still does: psql --username postgres
ALTER ROLE postgres PASSWORD NULL;
