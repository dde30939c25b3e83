# shellcheck shell=bash
# Redis: the one on the PATH, Debian's, or Docker's.

redis_install() {
	command -v redis-server >/dev/null && return
	if have_debian; then apt_install redis-server; else docker_required redis-server TEST_REDIS_URL; fi
}

redis_start() {
	if ! command -v redis-server >/dev/null; then
		docker_start_redis
		return
	fi
	export TEST_REDIS_SERVER TEST_REDIS_URL
	TEST_REDIS_SERVER=$(command -v redis-server)
	mkdir "$RUN_DIR/redis"
	on_a_port redis_on_port "$RUN_DIR/redis.log" "${REDIS_PORT:-}" "${USUAL_REDIS_PORT:-}"
}

redis_on_port() {
	local keep=(--save '' --appendonly no)
	[ -z "${DURABLE:-}" ] || keep=(--appendonly yes)
	spawn KILL "$RUN_DIR/redis.log" "$TEST_REDIS_SERVER" --bind 127.0.0.1 --port "$1" --dir "$RUN_DIR/redis" "${keep[@]}"
	until_answers redis_is "$1" "$SPAWNED" || return 1
	TEST_REDIS_URL="redis://127.0.0.1:$1/0"
}

# redis_is PORT PID: this one answers there, not somebody else's.
redis_is() { redis-cli -h 127.0.0.1 -p "$1" info server | grep --quiet "^process_id:$2\\b"; }
