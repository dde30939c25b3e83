# shellcheck shell=bash
# A server with MongoDB's protocol and semantics, where MongoDB itself cannot be had: PostgreSQL with Microsoft's DocumentDB
# extension does the work, FerretDB in front of it speaks the protocol. The extension is packaged in Debian's sid only, so it lives in a
# sid of its own, a folder that nothing else sees.

FERRETDB_VERSION=v2.7.0
# Its name says what was made how, so that a change here makes another.
SID=$CACHE/documentdb-2
FERRETDB=$CACHE/ferretdb-$FERRETDB_VERSION

mongodb_install() {
	if ! have_debian; then
		docker_required "Docker" TEST_MONGODB_URI
		return
	fi
	[ -e "$SID" ] || with_lock make_sid
	[ -e "$FERRETDB" ] || with_lock make_ferretdb
}

# Under another name until it is whole.
make_ferretdb() {
	if [ -e "$FERRETDB" ]; then return; fi
	local building=$CACHE/ferretdb.building
	say "building FerretDB"
	rm -rf "$building"
	GOBIN=$building go install "github.com/FerretDB/FerretDB/v2/cmd/ferretdb@$FERRETDB_VERSION"
	mv "$building/ferretdb" "$FERRETDB"
	rm -rf "$building"
}

make_sid() {
	if [ -e "$SID" ]; then return; fi
	local began=$SECONDS building=$CACHE/documentdb.building
	command -v debootstrap >/dev/null || apt_install debootstrap debian-archive-keyring
	remove_tree "$building"
	say "making a Debian sid with DocumentDB in $SID: 1 to 3 minutes, once"
	unshare --mount "${BASH:-bash}" -euo pipefail -c "$(declare -f fill_sid make_template); fill_sid \"\$1\"" fill_sid "$building" \
		>"$CACHE/documentdb.log" 2>&1 || die "DocumentDB could not be installed: $(tail -n 30 "$CACHE/documentdb.log")"
	mv "$building" "$SID"
	say "made it in $((SECONDS - began)) s"
}

# remove_tree FOLDER: also where somebody has mounted /dev or /proc in it, which must survive.
remove_tree() {
	local mounted
	while read -r mounted; do umount --lazy "$mounted"; done < <(findmnt --noheadings --list --output TARGET | grep "^$1/" | sort --reverse)
	rm -rf --one-file-system "$1"
}

# fill_sid FOLDER: what is mounted in here is seen only in here, and is gone with this process.
fill_sid() {
	local tree=$1
	debootstrap --variant=minbase sid "$tree"
	cp /etc/resolv.conf "$tree/etc/resolv.conf"
	mount --rbind /dev "$tree/dev"
	mountpoint --quiet "$tree/proc" || mount --bind /proc "$tree/proc"
	# No server of its own, and nothing to read.
	mkdir -p "$tree/etc/postgresql-common"
	echo 'create_main_cluster = false' >"$tree/etc/postgresql-common/createcluster.conf"
	printf '%s\n' force-unsafe-io 'path-exclude=/usr/share/doc/*' 'path-exclude=/usr/share/man/*' 'path-exclude=/usr/share/locale/*' \
		>"$tree/etc/dpkg/dpkg.cfg.d/small"
	DEBIAN_FRONTEND=noninteractive chroot "$tree" apt-get install --yes --no-install-recommends postgresql-18-documentdb
	chroot "$tree" apt-get clean
	ln -s "postgresql/18" "$tree/usr/lib/pg"
	make_template "$tree"
}

# A database with the extension, which each run copies.
make_template() {
	local tree=$1
	chroot "$tree" install -d -o postgres /srv/template /run/template
	as_postgres() { chroot "$tree" setpriv --reuid postgres --regid postgres --init-groups env PATH=/usr/lib/pg/bin:/usr/bin:/bin "$@"; }
	as_postgres initdb --pgdata=/srv/template --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync
	cat >>"$tree/srv/template/postgresql.conf" <<-'END'
		shared_preload_libraries = 'pg_cron, pg_documentdb_core, pg_documentdb'
		cron.database_name = 'postgres'
		# Both call their own server, and would by TCP.
		cron.use_background_workers = on
		documentdb.localhost_connection_string = 'host=/srv'
		max_worker_processes = 32
		listen_addresses = ''
		max_connections = 300
		jit = off
	END
	as_postgres pg_ctl start --wait --pgdata=/srv/template --options='-k /run/template' --log=/srv/template/first.log
	as_postgres psql --host=/run/template --set=ON_ERROR_STOP=1 --command='CREATE EXTENSION documentdb CASCADE'
	as_postgres pg_ctl stop --wait --pgdata=/srv/template
}

mongodb_start() {
	if ! have_debian; then
		docker_start_mongodb
		return
	fi
	postgresql_start
	set_variable TEST_FERRETDB "$FERRETDB"
	on_a_port "${MONGODB_PORT:-}" ferretdb_on_port "$RUN_DIR/ferretdb.log"
}

# It listens on a socket in its folder only.
postgresql_start() {
	local data=$RUN_DIR/postgresql
	mkdir "$data"
	cp --archive --reflink=auto "$SID/srv/template" "$data/data"
	chown --reference="$data/data" "$data"
	set_variable TEST_POSTGRESQL_URL "postgres://postgres@/postgres?host=$data"
	local options=(-c fsync=off -c synchronous_commit=off -c full_page_writes=off)
	[ -z "${DURABLE:-}" ] || options=()
	spawn QUIT "$RUN_DIR/postgresql.log" unshare --mount "${BASH:-bash}" -euo pipefail -c "$(declare -f exec_postgresql); exec_postgresql \"\$@\"" \
		exec_postgresql "$SID" "$data" "${options[@]}"
	until_answers "$RUN_DIR/postgresql.log" test -S "$data/.s.PGSQL.5432" || die "PostgreSQL: $(tail -n 20 "$RUN_DIR/postgresql.log")"
}

# exec_postgresql TREE FOLDER OPTION …: becomes PostgreSQL, in a file system that only it sees.
exec_postgresql() {
	local tree=$1 data=$2
	shift 2
	mount --rbind /dev "$tree/dev"
	mount --bind "$data" "$tree/srv"
	exec chroot "$tree" setpriv --reuid postgres --regid postgres --init-groups --pdeathsig KILL \
		/usr/lib/pg/bin/postgres -D /srv/data -k /srv "$@"
}

ferretdb_on_port() {
	mkdir -p "$RUN_DIR/ferretdb"
	local url="mongodb://127.0.0.1:$1/"
	spawn KILL "$RUN_DIR/ferretdb.log" "$FERRETDB" --postgresql-url="$TEST_POSTGRESQL_URL" --listen-addr="127.0.0.1:$1" \
		--no-auth --telemetry=disable --debug-addr=- --state-dir="$RUN_DIR/ferretdb" --log-level=WARN
	until_answers "$RUN_DIR/ferretdb.log" "$FERRETDB" ping --postgresql-url="$TEST_POSTGRESQL_URL" --listen-addr="127.0.0.1:$1" \
		--no-auth --telemetry=disable --debug-addr=- --state-dir="$RUN_DIR/ferretdb" || return 1
	set_variable TEST_MONGODB_URI "$url"
}
