#!/usr/bin/env bash
# The servers that tests need: Redis, and one that speaks MongoDB's protocol. The first run installs them, later ones take seconds.
#
#   tools/servers.sh run COMMAND …   starts both on free ports, runs the command, and removes all trace of them, whatever happens
#   tools/servers.sh up | down       starts both for as long as you like, on the usual ports where these are free; stops them
#   tools/servers.sh env             prints what `up` started, for `eval "$(tools/servers.sh env)"`
#   tools/servers.sh install         installs only
#
# The command finds these variables. Where you have set one of the first two, that server is yours and is taken as it is.
#
#   TEST_MONGODB_URI     DocumentDB on PostgreSQL behind FerretDB; MongoDB itself where Docker has to be used
#   TEST_REDIS_URL       a real Redis
#   TEST_REDIS_SERVER    path of redis-server, for tests that start, stop and empty one of their own
#   TEST_FERRETDB        path of ferretdb and
#   TEST_POSTGRESQL_URL  what is behind it, for tests that take the database away. Any number of FerretDBs may stand before it:
#                        $TEST_FERRETDB --postgresql-url="$TEST_POSTGRESQL_URL" --listen-addr=127.0.0.1:PORT
#                          --no-auth --telemetry=disable --debug-addr=- --state-dir="$(mktemp -d)"
#                        Kill and start it again as you like: it keeps nothing.
#
# On a Debian or Ubuntu where you are root everything comes from Debian's packages and Go's modules. Elsewhere Docker runs both.
# DURABLE=1 makes them keep their promises over a power cut, for measuring; tests do without.
# MONGODB_PORT and REDIS_PORT ask for ports. What was installed is kept in DONGBAEJUL_CACHE (~/.cache/dongbaejul).
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CACHE=${DONGBAEJUL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dongbaejul}
# shellcheck source=tools/servers/common.sh
. "$HERE/servers/common.sh"
# shellcheck source=tools/servers/redis.sh
. "$HERE/servers/redis.sh"
# shellcheck source=tools/servers/mongodb.sh
. "$HERE/servers/mongodb.sh"
# shellcheck source=tools/servers/docker.sh
. "$HERE/servers/docker.sh"
# shellcheck source=tools/servers/lasting.sh
. "$HERE/servers/lasting.sh"

VARIABLES=(TEST_MONGODB_URI TEST_REDIS_URL TEST_REDIS_SERVER TEST_FERRETDB TEST_POSTGRESQL_URL)

install_all() {
	needs TEST_REDIS_URL && redis_install
	needs TEST_MONGODB_URI && mongodb_install
	return 0
}

start_all() {
	local began=$SECONDS
	install_all
	make_run_dir
	needs TEST_REDIS_URL && redis_start
	needs TEST_MONGODB_URI && mongodb_start
	say "up after $((SECONDS - began)) s: $TEST_MONGODB_URI $TEST_REDIS_URL"
}

run() {
	[ $# -gt 0 ] || die "which command? tools/servers.sh run COMMAND …"
	trap stop_all EXIT
	trap 'interrupt INT 130' INT
	trap 'interrupt TERM 143' TERM HUP
	start_all
	run_command "$@"
}

main() {
	local command=${1:-}
	[ $# -eq 0 ] || shift
	case $command in
	run) run "$@" ;;
	up) lasting_up ;;
	down) lasting_down ;;
	env) lasting_env ;;
	install) install_all ;;
	keep) lasting_keep ;;
	*) sed -n '/^# The servers/,/^set/s/^# \{0,1\}//p' "$0" && exit 2 ;;
	esac
}

main "$@"
