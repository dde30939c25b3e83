#!/usr/bin/env bash
# PostgreSQL with DocumentDB in a folder that is a Debian of its own. It is run by `unshare --mount`: what is mounted here is seen only
# here, and is gone with the process.
set -euo pipefail

BIN=/usr/lib/postgresql/18/bin

# make FOLDER
make() {
	local tree=$1
	# Any release is made as sid is; an older debootstrap does not know this one's name.
	debootstrap --variant=minbase forky "$tree" "" sid
	cp /etc/resolv.conf "$tree/etc/resolv.conf"
	mount --rbind /dev "$tree/dev"
	mountpoint --quiet "$tree/proc" || mount --bind /proc "$tree/proc"
	install_packages "$tree"
	make_template "$tree"
}

install_packages() {
	local tree=$1
	# No server of the packages' own.
	printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
	chmod +x "$tree/usr/sbin/policy-rc.d"
	mkdir -p "$tree/etc/postgresql-common"
	echo 'create_main_cluster = false' >"$tree/etc/postgresql-common/createcluster.conf"
	# A tree that is not whole is thrown away, so that nothing need be written in a safe order. And nobody reads in it.
	printf '%s\n' force-unsafe-io 'path-exclude=/usr/share/doc/*' 'path-exclude=/usr/share/man/*' 'path-exclude=/usr/share/locale/*' \
		>"$tree/etc/dpkg/dpkg.cfg.d/small"
	DEBIAN_FRONTEND=noninteractive chroot "$tree" apt-get install --yes --no-install-recommends postgresql-18-documentdb caddy
	chroot "$tree" apt-get clean
}

# A database that has the extension, for each run to copy.
make_template() {
	local tree=$1 data=/srv/template
	chroot "$tree" install --directory --owner=postgres "$data"
	as_postgres "$tree" initdb --pgdata="$data" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync
	configuration >>"$tree$data/postgresql.conf"
	as_postgres "$tree" pg_ctl start --wait --pgdata="$data" --options="-k $data" --log="$data/first.log"
	as_postgres "$tree" psql --host="$data" --set=ON_ERROR_STOP=1 --command='CREATE EXTENSION documentdb CASCADE'
	as_postgres "$tree" pg_ctl stop --wait --pgdata="$data"
}

configuration() {
	cat <<-'END'
		shared_preload_libraries = 'pg_cron, pg_documentdb_core, pg_documentdb'
		listen_addresses = ''
		unix_socket_directories = '/srv'
		max_connections = 300
		# Compiling a query takes longer than these run.
		jit = off
		# Both call their own server, and would by TCP. And they work every two seconds, of which nobody wants to read.
		documentdb.localhost_connection_string = 'host=/srv'
		cron.use_background_workers = on
		max_worker_processes = 32
		cron.database_name = 'postgres'
		cron.log_statement = off
		cron.log_run = off
		log_min_messages = fatal
	END
}

as_postgres() {
	local tree=$1
	shift
	chroot "$tree" setpriv --reuid=postgres --regid=postgres --init-groups env PATH="$BIN:/usr/bin:/bin" "$@"
}

# run FOLDER DATA OPTION …: becomes PostgreSQL, with its data and its socket in DATA.
run() {
	local tree=$1 data=$2
	shift 2
	mount --rbind /dev "$tree/dev"
	mount --bind "$data" "$tree/srv"
	exec chroot "$tree" setpriv --reuid=postgres --regid=postgres --init-groups --pdeathsig=KILL "$BIN/postgres" -D /srv/data "$@"
}

"$@"
