# shellcheck shell=bash
# Servers that stay: a run in the background whose command does nothing. It holds a lock for as long as it is there.

LASTING=$CACHE/up

lasting_up() {
	if lasting_is_up; then
		say "they are up already"
	else
		lasting_start
	fi
	lasting_env
}

lasting_is_up() { [ -e "$LASTING/lock" ] && ! flock --nonblock "$LASTING/lock" true; }

lasting_start() {
	local keeper telling
	mkdir -p "$LASTING"
	rm -f "$LASTING/env"
	: >"$LASTING/log"
	nohup setsid "$0" keep </dev/null >"$LASTING/log" 2>&1 &
	keeper=$!
	tail -n +1 -f "$LASTING/log" >&2 &
	telling=$!
	while [ ! -e "$LASTING/env" ] && kill -0 "$keeper" 2>/dev/null; do sleep 0.1; done
	kill "$telling"
	[ -e "$LASTING/env" ] || die "they did not start"
}

# lasting_keep is the run in the background.
lasting_keep() {
	local lock
	exec {lock}>>"$LASTING/lock"
	flock --timeout 5 "$lock" || die "they are up already"
	echo $$ >"$LASTING/pid"
	export USUAL_MONGODB_PORT=27017 USUAL_REDIS_PORT=6379
	end_cleanly
	start_all
	lasting_write
	in_group sleep infinity
}

lasting_write() {
	local name
	for name in "${VARIABLES[@]}"; do
		[ -z "${!name:-}" ] || printf 'export %s=%q\n' "$name" "${!name}"
	done >"$LASTING/env.new"
	mv "$LASTING/env.new" "$LASTING/env"
}

lasting_env() {
	lasting_is_up || die "nothing is up: make servers"
	cat "$LASTING/env"
}

lasting_down() {
	lasting_is_up || return 0
	kill -s TERM "$(cat "$LASTING/pid")"
	flock "$LASTING/lock" true
	rm -rf "$LASTING"
}
