# shellcheck shell=bash
# What the scripts here share: words, and Debian's packages.

say() { echo "$(basename "$0" .sh): $*" >&2; }

die() {
	say "$*"
	exit 1
}

# have_debian: packages can be installed here.
have_debian() { [ -e /etc/debian_version ] && [ "$(id -u)" -eq 0 ]; }

apt_install() {
	local began=$SECONDS
	apt_get update
	apt_get install --yes --no-install-recommends "$@"
	say "installed $* in $((SECONDS - began)) s"
}

# Others may be installing too: it waits for them. Interrupting it would leave packages half installed: a session of its own keeps
# the terminal's signals away. What it says matters only when it fails.
apt_get() {
	local output
	output=$(DEBIAN_FRONTEND=noninteractive setsid --wait apt-get -o DPkg::Lock::Timeout=300 "$@" 2>&1) || die "apt-get $*: $output"
}
