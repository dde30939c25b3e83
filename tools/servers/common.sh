# shellcheck shell=bash
# What both servers need: words, ports, processes that end with this one, and an end that leaves nothing.

say() { echo "servers: $*" >&2; }

die() {
	say "$*"
	exit 1
}

# needs VARIABLE: that server is to be started, since nobody named one.
needs() { [ -z "${!1:-}" ] || [ -n "${STARTED[$1]:-}" ]; }
declare -A STARTED=()

# set_variable NAME VALUE: tells the command.
set_variable() {
	STARTED[$1]=1
	export "$1=$2"
}

# have_debian: packages can be installed, and folders mounted where nobody else sees it.
have_debian() { [ -e /etc/debian_version ] && [ "$(id -u)" -eq 0 ] && unshare --mount true 2>/dev/null; }

apt_install() {
	local began=$SECONDS
	say "installing $*"
	apt_get update
	apt_get install --yes --no-install-recommends "$@"
	say "installed $* in $((SECONDS - began)) s"
}

# Others may be installing too: wait for them. What apt says matters only when it fails.
apt_get() {
	local output
	output=$(DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@" 2>&1) || die "apt-get $*: $output"
}

# with_lock COMMAND …: one process at a time installs into the cache.
with_lock() {
	mkdir -p "$CACHE"
	local lock
	exec {lock}>"$CACHE/lock"
	flock --nonblock "$lock" || { say "another run is installing: waiting for it" && flock "$lock"; }
	"$@"
	exec {lock}>&-
}

# A folder for one run's data. A run that was killed could not remove its own: nobody holds its lock, so this one does.
make_run_dir() {
	local temp=${TMPDIR:-/tmp} dir
	for dir in "$temp"/dongbaejul-servers.*; do
		if [ -e "$dir/lock" ] && flock --nonblock "$dir/lock" true; then rm -rf "$dir"; fi
	done
	RUN_DIR=$(mktemp -d "$temp/dongbaejul-servers.XXXXXX")
	# PostgreSQL's user goes through it.
	chmod 711 "$RUN_DIR"
	exec {RUN_LOCK}>"$RUN_DIR/lock"
	flock "$RUN_LOCK"
}

# spawn SIGNAL LOG COMMAND …: a server that no key on the terminal stops, and that is gone when this process is, even by SIGKILL.
# The signal is what ends it at once.
spawn() {
	local signal=$1 log=$2
	shift 2
	setsid setpriv --pdeathsig KILL "$@" >"$log" 2>&1 {RUN_LOCK}>&- &
	SPAWNED=$!
	SERVERS[$SPAWNED]=$signal
}
declare -A SERVERS=()

# until_answers LOG COMMAND …: waits until the command succeeds; fails at once when what was spawned ends, or in the end.
until_answers() {
	local log=$1 tries
	shift
	for ((tries = 0; tries < 600; tries++)); do
		if "$@" >/dev/null 2>&1; then
			kill -0 "$SPAWNED" 2>/dev/null && return 0
		fi
		kill -0 "$SPAWNED" 2>/dev/null || return 1
		sleep 0.1
	done
	die "no answer for 60 s: $(tail -n 20 "$log")"
}

# on_a_port WANTED START LOG: calls START with ports until one of them was free; with the one that was asked for, once.
on_a_port() {
	local wanted=$1 start=$2 log=$3 try
	if [ -n "$wanted" ]; then
		"$start" "$wanted" && return
		die "$start on port $wanted: $(tail -n 20 "$log")"
	fi
	for ((try = 0; try < 20; try++)); do
		# Below the ports that the system gives to whoever asks for any.
		"$start" $((RANDOM % 12000 + 20000)) && return
	done
	die "$start: found no free port; the last one said: $(tail -n 20 "$log")"
}

# The command gets a process group of its own, so that all it started can be ended with it.
run_command() {
	set -m
	"$@" {RUN_LOCK}>&- &
	COMMAND=$!
	set +m
	wait "$COMMAND"
}

# interrupt SIGNAL STATUS: passes the signal on, waits for the command to end, and ends.
interrupt() {
	trap '' INT TERM HUP
	[ -z "${COMMAND:-}" ] || end_group "$COMMAND" "$1"
	exit "$2"
}

# end_group LEADER SIGNAL: ends a process group, by force after 10 s.
end_group() {
	local tries
	for ((tries = 0; tries < 100; tries++)); do
		kill -s "$2" -- "-$1" 2>/dev/null || return 0
		sleep 0.1
	done
	kill -s KILL -- "-$1" 2>/dev/null || true
}

# Nothing that was written is kept, so nothing needs to be shut down gently.
stop_all() {
	trap '' INT TERM HUP
	[ -z "${COMMAND:-}" ] || end_group "$COMMAND" TERM
	local server
	for server in "${!SERVERS[@]}"; do kill -s "${SERVERS[$server]}" "$server" 2>/dev/null || true; done
	for server in "${!SERVERS[@]}"; do wait "$server" 2>/dev/null || true; done
	docker_stop
	[ -z "${RUN_DIR:-}" ] || rm -rf "$RUN_DIR"
}
