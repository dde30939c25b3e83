# shellcheck shell=bash
# Processes that end with this one, on ports that are free, with their data in a folder that goes with them.

# A server's process id → the signal that ends it at once, and its log.
declare -A SERVERS=()

# end_cleanly: from now on nothing is left when this process ends.
end_cleanly() {
	local program
	for program in flock setsid; do
		command -v "$program" >/dev/null || die "$program is missing, which is in util-linux." \
			"Install that, or set TEST_MONGODB_URI and TEST_REDIS_URL to servers that tests may write to."
	done
	trap stop_all EXIT
	trap 'interrupt INT 130' INT
	trap 'interrupt TERM 143' TERM HUP
}

# make_run_dir makes RUN_DIR. Whoever holds its lock is alive; the folders of those that were killed are removed.
make_run_dir() {
	local temp=${TMPDIR:-/tmp} dir lock
	# The name of a socket is short, and PostgreSQL's is in there.
	[ "${#temp}" -lt 50 ] || temp=/tmp
	for dir in "$temp"/dongbaejul-servers.*; do
		if [ -e "$dir/lock" ] && flock --nonblock "$dir/lock" true; then remove_run_dir "$dir"; fi
	done
	RUN_DIR=$(mktemp -d "$temp/dongbaejul-servers.XXXXXX")
	exec {lock}>"$RUN_DIR/lock.new"
	flock "$lock"
	RUN_LOCK=$lock
	mv "$RUN_DIR/lock.new" "$RUN_DIR/lock"
}

remove_run_dir() {
	docker_remove "$1"
	rm -rf "$1"
}

# spawn SIGNAL LOG COMMAND …: starts a server that no key on the terminal stops, and that is gone when this process is, even by
# SIGKILL. The signal is what ends it at once. Its process id is in SPAWNED.
spawn() {
	local signal=$1 log=$2
	shift 2
	setsid setpriv --pdeathsig KILL "$@" </dev/null >"$log" 2>&1 {RUN_LOCK}>&- &
	SPAWNED=$!
	SERVERS[$SPAWNED]="$signal $log"
}

# until_answers COMMAND …: waits until the command succeeds. It fails as soon as what was spawned has ended.
until_answers() {
	local try
	for ((try = 0; try < 600; try++)); do
		"$@" >/dev/null 2>&1 && return
		if ! kill -0 "$SPAWNED" 2>/dev/null; then
			unset "SERVERS[$SPAWNED]"
			return 1
		fi
		sleep 0.1
	done
	return 1
}

# on_a_port START LOG WANTED USUAL: calls START with a port that succeeds: with the wanted one if there is one, or else with the
# usual one if there is one, and then with others.
on_a_port() {
	local start=$1 log=$2 wanted=$3 usual=$4 port
	# Below those that the system assigns to whoever asks for any.
	for port in ${wanted:-$usual $(shuf --input-range=20000-32000 --head-count=20)}; do
		"$start" "$port" && return
	done
	die "no server on port ${wanted:-$port}: $(tail -n 20 "$log")"
}

# in_group COMMAND …: runs the command in a process group of its own, so that all it starts can be ended with it.
in_group() {
	set -m
	"$@" </dev/null &
	GROUP=$!
	set +m
	local status=0
	wait "$GROUP" || status=$?
	end_group TERM
	GROUP=
	return "$status"
}

# interrupt SIGNAL STATUS: passes the signal on to what runs, and ends.
interrupt() {
	trap '' INT TERM HUP
	end_group "$1"
	exit "$2"
}

# end_group SIGNAL: ends all of the group, by force what is left after 10 s.
end_group() {
	local try
	[ -n "${GROUP:-}" ] && kill -s "$1" -- "-$GROUP" 2>/dev/null || return 0
	for ((try = 0; try < 100; try++)); do
		kill -0 -- "-$GROUP" 2>/dev/null || return 0
		sleep 0.1
	done
	kill -s KILL -- "-$GROUP" 2>/dev/null || true
}

# stop_all leaves nothing behind. What the servers hold is of no use any more, so that nothing need be shut down gently.
stop_all() {
	trap '' INT TERM HUP
	end_group TERM
	local server
	for server in "${!SERVERS[@]}"; do stop_server "$server"; done
	for server in "${!SERVERS[@]}"; do wait "$server" 2>/dev/null || true; done
	[ -z "${RUN_DIR:-}" ] || remove_run_dir "$RUN_DIR"
}

stop_server() {
	local signal log
	read -r signal log <<<"${SERVERS[$1]}"
	kill -s "$signal" "$1" 2>/dev/null || say "a server had ended by itself: $(tail -n 20 "$log")"
}
