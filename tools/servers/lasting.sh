# shellcheck shell=bash
# Servers that stay: a run in the background whose command does nothing. Who holds the lock is that run.

LASTING=$CACHE/up

lasting_running() { [ -e "$LASTING/lock" ] && ! flock --nonblock "$LASTING/lock" true; }

lasting_up() {
	if lasting_running; then
		say "they are up already"
		lasting_env
		return
	fi
	mkdir -p "$LASTING"
	rm -f "$LASTING/env"
	nohup setsid "$0" keep </dev/null >"$LASTING/log" 2>&1 &
	local keeper=$!
	until [ -e "$LASTING/env" ]; do
		kill -0 "$keeper" 2>/dev/null || die "they did not start: $(cat "$LASTING/log")"
		sleep 0.1
	done
	lasting_env
}

# The background run itself.
lasting_keep() {
	exec {LASTING_LOCK}>>"$LASTING/lock"
	flock --nonblock "$LASTING_LOCK" || die "they are up already"
	echo $$ >"$LASTING/lock"
	trap stop_all EXIT
	trap 'interrupt TERM 0' INT TERM HUP
	start_all
	lasting_write
	run_command sleep infinity
}

lasting_write() {
	local name
	for name in "${VARIABLES[@]}"; do
		[ -z "${!name:-}" ] || printf 'export %s=%q\n' "$name" "${!name}"
	done >"$LASTING/env.new"
	mv "$LASTING/env.new" "$LASTING/env"
}

lasting_env() {
	lasting_running || die "nothing is up: make servers"
	cat "$LASTING/env"
}

lasting_down() {
	lasting_running || return 0
	kill -s TERM "$(cat "$LASTING/lock")"
	flock "$LASTING/lock" true
	rm -rf "$LASTING"
}
