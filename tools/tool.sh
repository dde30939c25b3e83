#!/usr/bin/env bash
# Prints the path of a program that checks or tests need, and installs it where it is missing: tools/tool.sh chromium
# A variable of the program's name in capitals names another one: CHROMIUM=/opt/chrome tools/tool.sh chromium
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$HERE/common.sh"

# packages PROGRAM: Debian's names of what it takes.
packages() {
	case $1 in
	# A browser that shows Korean and emoji as people see them.
	chromium) echo chromium fonts-noto-cjk fonts-noto-color-emoji ;;
	shellcheck) echo shellcheck ;;
	*) die "what is $1? It knows chromium and shellcheck" ;;
	esac
}

# others PROGRAM: what the same is called elsewhere.
others() {
	[ "$1" != chromium ] || echo chromium-browser google-chrome google-chrome-stable
}

find_program() {
	local name
	for name in "$1" $(others "$1"); do
		command -v "$name" && return
	done
	return 1
}

# ready PROGRAM: it is here, and a browser has the letters of Korean.
ready() {
	find_program "$1" >/dev/null || return 1
	[ "$1" != chromium ] || ! have_debian || fc-list :lang=ko | grep --quiet .
}

main() {
	local program=${1:-} override wanted
	wanted=$(packages "$program")
	override=$(tr '[:lower:]' '[:upper:]' <<<"$program")
	if [ -n "${!override:-}" ]; then
		command -v "${!override}" || die "$override: there is no program ${!override}"
		return
	fi
	if ! ready "$program"; then
		have_debian || die "$program is missing: install it, or set $override to its path"
		# shellcheck disable=SC2086 # The packages are words.
		apt_install $wanted
	fi
	find_program "$program"
}

main "$@"
