# shellcheck shell=bash
docker_required() { die "cannot install $1 here; set $2"; }
docker_stop() { :; }
