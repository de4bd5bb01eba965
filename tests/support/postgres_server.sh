#!/usr/bin/env bash
# postgres_server.sh start DIR [PORT] | stop DIR | restart DIR fast|immediate | resume DIR | template DIR CARILLON
# A PostgreSQL server for tests, with its socket in DIR; without PORT, a port of loopback, it has nothing else. It forgets everything
# in a crash of the machine: what is tested here is not that. With CARILLON_POSTGRES_DURABLE=1, for benchmarks, it writes through.
# With CARILLON_POSTGRES_BIN it is the server of that folder (install_postgres.sh), else Debian's newest.
# `resume` starts one again whose processes were all killed. `template` makes what other starts and databases are copied from: DIR/fresh, a cluster that has never run, which a start copies if
# CARILLON_TEST_POSTGRES is DIR, and carillon_template, a database with the schema of this binary.
set -euo pipefail

action=$1 dir=$2 more=${3:-}
debian=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
bin=${CARILLON_POSTGRES_BIN:-$debian}

# The server refuses to run as root.
as_owner() {
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid=postgres --regid=postgres --init-groups "$@"
  else
    "$@"
  fi
}

# Where there is much memory, the data of a server without a port is in it: each database has hundreds of files. A symbolic link leads
# there. It is named after the whole path: tests that run at the same time give their directories the same last name.
in_memory=/dev/shm/$(realpath -m "$dir" | tr / -)
has_memory() {
  [ -d /dev/shm ] && [ "$(df --output=avail -BM /dev/shm | tr -dc 0-9)" -gt 6000 ] \
    && [ "$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)" -gt 8000 ]
}

stop() {
  [ -f "$dir/data/postmaster.pid" ] || return 0
  cd "$dir"
  as_owner "$bin/pg_ctl" -D "$dir/data" -m immediate -w -t 180 stop >/dev/null || true
}

make_cluster() {
  as_owner "$bin/initdb" -D "$1" -U carillon -A trust --encoding=UTF8 --locale=C -N >initdb.log
}

case $action in
start)
  stop
  rm -rf "$dir" "$in_memory"
  mkdir -p "$dir"
  [ "$(id -u)" != 0 ] || chown postgres "$dir"
  cd "$dir"
  if [ -z "$more" ] && [ -z "${CARILLON_POSTGRES_DURABLE:-}" ] && has_memory; then
    as_owner mkdir -m 700 "$in_memory"
    as_owner ln -s "$in_memory" "$dir/data"
  fi
  fresh=${CARILLON_TEST_POSTGRES:+$CARILLON_TEST_POSTGRES/fresh}
  if [ -n "$fresh" ] && [ -d "$fresh" ]; then
    as_owner cp -a "$fresh/." "$dir/data"
  else
    make_cluster "$dir/data"
  fi
  as_owner tee -a "$dir/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = '${more:+127.0.0.1}'
port = ${more:-5432}
unix_socket_directories = '$dir'
max_connections = 200
shared_buffers = 64MB
CONF
  if [ -z "${CARILLON_POSTGRES_DURABLE:-}" ]; then
    as_owner tee -a "$dir/data/postgresql.conf" >/dev/null <<CONF
fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 256MB
CONF
  fi
  as_owner "$bin/pg_ctl" -D "$dir/data" -l "$dir/data/server.log" -w start >/dev/null
  ;;
restart)
  cd "$dir"
  as_owner "$bin/pg_ctl" -D "$dir/data" -l "$dir/data/server.log" -m "$more" -w restart >/dev/null
  ;;
resume)
  cd "$dir"
  # Of processes that nobody has waited for.
  rm -f data/postmaster.pid .s.PGSQL.*.lock
  as_owner "$bin/pg_ctl" -D "$dir/data" -l "$dir/data/server.log" -w start >/dev/null
  ;;
template)
  cd "$dir"
  make_cluster "$dir/fresh"
  sql() { as_owner "$debian/psql" -q -v ON_ERROR_STOP=1 -h "$dir" -U carillon -d postgres -c "$1"; }
  sql 'CREATE DATABASE carillon_template'
  "$more" migrate up --store "postgresql://carillon@/carillon_template?host=${dir//\//%2F}"
  # Who is connected to it keeps others from copying it.
  sql 'ALTER DATABASE carillon_template WITH IS_TEMPLATE true ALLOW_CONNECTIONS false'
  ;;
stop)
  stop
  rm -rf "$dir" "$in_memory"
  ;;
esac
