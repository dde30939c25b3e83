# shellcheck shell=bash
# Redis and MongoDB in containers, of the versions that docker-compose.yml runs. One run's containers are listed in its folder.

docker_required() {
	docker info >/dev/null 2>&1 || die "there is no $1 here, nor Docker to run it, and only root on a Debian can install it." \
		"Install Docker, or set $2 to a server that tests may write to."
}

docker_start_redis() {
	local keep=no
	[ -z "${DURABLE:-}" ] || keep=yes
	docker_run redis 6379 "${REDIS_PORT:-}" redis-server --save '' --appendonly "$keep"
	until_in_container redis-cli ping
	export TEST_REDIS_URL="redis://127.0.0.1:$PUBLISHED/0"
}

# A replica set of one. Its members know each other by addresses in the container, so that clients are told not to ask for them.
docker_start_mongodb() {
	docker_run mongodb 27017 "${MONGODB_PORT:-}" mongod --replSet rs0 --bind_ip_all
	until_in_container mongosh --quiet --eval 'db.hello().ok'
	docker exec "$CONTAINER" mongosh --quiet --eval 'rs.initiate({_id: "rs0", members: [{_id: 0, host: "127.0.0.1:27017"}]})' >/dev/null
	until_in_container mongosh --quiet --eval 'if (!db.hello().isWritablePrimary) quit(1)'
	export TEST_MONGODB_URI="mongodb://127.0.0.1:$PUBLISHED/?directConnection=true"
}

# docker_run SERVICE PORT PUBLISHED COMMAND …: CONTAINER is its id, PUBLISHED the port on this machine.
docker_run() {
	local service=$1 port=$2 wanted=$3
	shift 3
	CONTAINER=$(docker run --detach --rm --publish "127.0.0.1:$wanted:$port" "$(docker_image "$service")" "$@")
	echo "$CONTAINER" >>"$RUN_DIR/containers"
	PUBLISHED=$(docker port "$CONTAINER" "$port/tcp" | sed -n '1s/.*://p')
}

docker_image() {
	sed -n "/^  $1:/,/image:/s/^ *image: *//p" "$HERE/../docker-compose.yml"
}

until_in_container() {
	local try
	for ((try = 0; try < 300; try++)); do
		docker exec "$CONTAINER" "$@" >/dev/null 2>&1 && return
		sleep 0.2
	done
	die "no answer from the container of $1: $(docker logs --tail 20 "$CONTAINER" 2>&1)"
}

# docker_remove FOLDER: the containers of the run whose folder it is.
docker_remove() {
	[ -e "$1/containers" ] || return 0
	xargs docker rm --force --volumes <"$1/containers" >/dev/null || true
}
