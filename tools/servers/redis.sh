# shellcheck shell=bash
# Redis: Debian's, or the one that is on the PATH.

redis_install() {
	if command -v redis-server >/dev/null; then return; fi
	if have_debian; then apt_install redis-server; else docker_required "redis-server" TEST_REDIS_URL; fi
}

redis_start() {
	if ! command -v redis-server >/dev/null; then
		docker_start_redis
		return
	fi
	set_variable TEST_REDIS_SERVER "$(command -v redis-server)"
	on_a_port "${REDIS_PORT:-}" redis_on_port "$RUN_DIR/redis.log"
}

redis_on_port() {
	mkdir -p "$RUN_DIR/redis"
	local keep=(--save '' --appendonly no)
	[ -z "${DURABLE:-}" ] || keep=(--appendonly yes)
	spawn KILL "$RUN_DIR/redis.log" "$TEST_REDIS_SERVER" --bind 127.0.0.1 --port "$1" --dir "$RUN_DIR/redis" "${keep[@]}"
	until_answers "$RUN_DIR/redis.log" redis-cli -h 127.0.0.1 -p "$1" ping || return 1
	set_variable TEST_REDIS_URL "redis://127.0.0.1:$1/0"
}
