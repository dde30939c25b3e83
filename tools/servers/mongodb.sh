# shellcheck shell=bash
# A server with MongoDB's protocol and ways, where MongoDB itself cannot be had: PostgreSQL with the extension DocumentDB does the work,
# and FerretDB in front of it speaks the protocol. Debian has the extension from its release forky on, so that it lives in a forky of its
# own, a folder that documentdb.sh makes and runs. Caddy comes from there too.

FERRETDB_VERSION=v2.7.0
FERRETDB=$CACHE/ferretdb-$FERRETDB_VERSION
# A change of what documentdb.sh makes takes another name.
FORKY=$CACHE/forky-1

mongodb_install() {
	if ! have_debian_tree; then
		docker_required "a MongoDB" TEST_MONGODB_URI
		return
	fi
	[ -e "$FERRETDB" ] || with_lock make_ferretdb
	[ -e "$FORKY" ] || with_lock make_forky
}

# have_debian_tree: folders can be mounted where nobody else sees it, too. In a container that may be forbidden.
have_debian_tree() { have_debian && unshare --mount true 2>/dev/null; }

# with_lock MAKE: makes something in the cache, one process at a time, and once.
with_lock() {
	local lock
	mkdir -p "$CACHE"
	exec {lock}>"$CACHE/lock"
	flock --nonblock "$lock" || { say "another run is installing: waiting for it" && flock "$lock"; }
	"$1"
	exec {lock}>&-
}

# What is not whole yet has another name.
make_ferretdb() {
	local began=$SECONDS building=$CACHE/ferretdb.building
	if [ -e "$FERRETDB" ]; then return; fi
	command -v go >/dev/null || die "go is missing"
	rm -rf "$building"
	in_group env GOBIN="$building" go install "github.com/FerretDB/FerretDB/v2/cmd/ferretdb@$FERRETDB_VERSION"
	mv "$building/ferretdb" "$FERRETDB"
	rm -rf "$building"
	say "made FerretDB in $((SECONDS - began)) s"
}

make_forky() {
	local began=$SECONDS building=$CACHE/forky.building log=$CACHE/forky.log
	if [ -e "$FORKY" ]; then return; fi
	command -v debootstrap >/dev/null || apt_install debootstrap debian-archive-keyring
	remove_tree "$building"
	say "making a folder of Debian packages, $FORKY: once, for 1 to 3 minutes"
	in_group unshare --mount "$HERE/servers/documentdb.sh" make "$building" >"$log" 2>&1 || die "it could not be made: $(tail -n 30 "$log")"
	mv "$building" "$FORKY"
	say "made it in $((SECONDS - began)) s"
}

# remove_tree FOLDER: also where somebody has mounted /dev or /proc in it, which must survive.
remove_tree() {
	local mounted
	while read -r mounted; do
		umount --lazy "$mounted"
	done < <(findmnt --noheadings --list --output TARGET | grep --fixed-strings "$1/" | tac)
	rm -rf --one-file-system "$1"
}

mongodb_start() {
	if ! have_debian_tree; then
		docker_start_mongodb
		return
	fi
	export TEST_CADDY=$FORKY/usr/bin/caddy TEST_FERRETDB=$FERRETDB TEST_POSTGRESQL_URL TEST_MONGODB_URI
	postgresql_start
	mkdir "$RUN_DIR/ferretdb"
	on_a_port ferretdb_on_port "$RUN_DIR/ferretdb.log" "${MONGODB_PORT:-}" "${USUAL_MONGODB_PORT:-}"
}

# It listens on a socket in its folder only.
postgresql_start() {
	# MongoDB has no deadlocks between single updates: here each one waits for PostgreSQL to look for it, a second by default.
	local data=$RUN_DIR/postgresql log=$RUN_DIR/postgresql.log options=(-c deadlock_timeout=20ms)
	[ -n "${DURABLE:-}" ] || options+=(-c fsync=off -c synchronous_commit=off -c full_page_writes=off)
	mkdir "$data"
	cp --archive --reflink=auto "$FORKY/srv/template" "$data/data"
	chown --reference="$data/data" "$data"
	TEST_POSTGRESQL_URL="postgres://postgres@/postgres?host=$data"
	spawn QUIT "$log" unshare --mount "$HERE/servers/documentdb.sh" run "$FORKY" "$data" "${options[@]}"
	until_answers test -S "$data/.s.PGSQL.5432" || die "PostgreSQL did not start: $(tail -n 20 "$log")"
}

ferretdb_on_port() {
	local url="127.0.0.1:$1" log=$RUN_DIR/ferretdb.log
	local flags=(--postgresql-url="$TEST_POSTGRESQL_URL" --listen-addr="$url" --no-auth --telemetry=disable --debug-addr=- --state-dir="$RUN_DIR/ferretdb")
	spawn KILL "$log" "$FERRETDB" "${flags[@]}"
	until_answers grep --quiet "Listening on TCP $url" "$log" || return 1
	until_answers "$FERRETDB" ping "${flags[@]}" || return 1
	TEST_MONGODB_URI="mongodb://$url/"
}
