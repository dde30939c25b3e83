#!/usr/bin/env bash
# The servers that tests need: Redis, one that speaks MongoDB's protocol, and the proxy Caddy. The first run installs them, which takes
# one to three minutes; later ones take seconds.
#
#   tools/servers.sh run COMMAND …   starts them on free ports, runs the command, and leaves no trace of them, whatever happens
#   tools/servers.sh up              starts them to stay, on the usual ports where these are free, or in Docker on any
#   tools/servers.sh env             prints what `up` started, for `eval "$(tools/servers.sh env)"`
#   tools/servers.sh down            stops what `up` started
#   tools/servers.sh install         installs only
#
# The command finds these variables. Where one of the first two is set already, that server is taken as it is and none is started.
#
#   TEST_MONGODB_URI     DocumentDB on PostgreSQL behind FerretDB; MongoDB itself where Docker runs it
#   TEST_REDIS_URL       a real Redis
#
# The others are for tests that take something away from those they test. They come with the servers that are started here, but not
# with Docker's: where a server is Docker's or was named, set them, or have the programs on the PATH.
#
#   TEST_REDIS_SERVER    path of redis-server, for a Redis of the test's own
#   TEST_FERRETDB        path of ferretdb, for a way to the database of the test's own: it keeps nothing, so that killing it and
#                        starting it again is a database that was away for a while. As many as you like may stand before
#   TEST_POSTGRESQL_URL  the PostgreSQL that is behind TEST_MONGODB_URI:
#                          $TEST_FERRETDB --postgresql-url="$TEST_POSTGRESQL_URL" --listen-addr=127.0.0.1:PORT --no-auth
#                            --telemetry=disable --debug-addr=- --state-dir=FOLDER
#   TEST_CADDY           path of caddy
#
# As root on Debian or Ubuntu everything comes from Debian's packages and Go's modules. Elsewhere Docker runs Redis and MongoDB.
#
# It listens to DURABLE=1 (nothing is lost in a power cut, for measuring; tests do without), MONGODB_PORT and REDIS_PORT (these and no
# others), TMPDIR (where the data is while they run) and DONGBAEJUL_CACHE (where what was installed is kept; ~/.cache/dongbaejul).
set -euo pipefail

if [ "${BASH_VERSINFO[0]}" -lt 4 ]; then
	echo "servers: this bash is too old: install one of version 4 or later" >&2
	exit 1
fi

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CACHE=${DONGBAEJUL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dongbaejul}
VARIABLES=(TEST_MONGODB_URI TEST_REDIS_URL TEST_REDIS_SERVER TEST_FERRETDB TEST_POSTGRESQL_URL TEST_CADDY)

# shellcheck source-path=SCRIPTDIR
. "$HERE/common.sh"
# shellcheck source-path=SCRIPTDIR
. "$HERE/servers/processes.sh"
# shellcheck source-path=SCRIPTDIR
. "$HERE/servers/redis.sh"
# shellcheck source-path=SCRIPTDIR
. "$HERE/servers/mongodb.sh"
# shellcheck source-path=SCRIPTDIR
. "$HERE/servers/docker.sh"
# shellcheck source-path=SCRIPTDIR
. "$HERE/servers/lasting.sh"

# needs VARIABLE: nobody named that server, so it is to be started.
needs() { [ -z "${!1:-}" ]; }

install_all() {
	if needs TEST_REDIS_URL; then redis_install; fi
	if needs TEST_MONGODB_URI; then mongodb_install; fi
}

start_all() {
	local began=$SECONDS installed
	install_all
	installed=$SECONDS
	make_run_dir
	if needs TEST_REDIS_URL; then redis_start; fi
	if needs TEST_MONGODB_URI; then mongodb_start; fi
	say "installed in $((installed - began)) s, started in $((SECONDS - installed)) s: $TEST_MONGODB_URI $TEST_REDIS_URL"
}

run() {
	[ $# -gt 0 ] || die "which command? tools/servers.sh run COMMAND …"
	# There may be nothing to do.
	if ! needs TEST_REDIS_URL && ! needs TEST_MONGODB_URI; then exec "$@"; fi
	end_cleanly
	start_all
	in_group "$@"
}

usage() {
	sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p;}' "$0" >&2
	exit 2
}

main() {
	local command=${1:-}
	case $command in
	run) run "${@:2}" ;;
	up) lasting_up ;;
	down) lasting_down ;;
	env) lasting_env ;;
	keep) lasting_keep ;;
	install) end_cleanly && install_all ;;
	*) usage ;;
	esac
}

# In braces, since bash reads on in a file that may have been changed meanwhile.
{
	main "$@"
	exit
}
