#!/usr/bin/env bash
# Packs the package as it would be published, if it has changed since it was last packed, and unpacks it for the given programs: folders,
# relative to the package's, such as ../web.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .pack
# Two processes would both write dist.
if command -v flock >/dev/null; then
	exec 9>.pack/lock
	flock 9
fi

# Not by time: generated code is often written again without changes.
checksums() {
	find "$@" -type f 2>/dev/null | LC_ALL=C sort | xargs cksum
}

sources=$(checksums src react expo offline package.json tsconfig*.json ./*.md LICENSE)
if [ "$sources $(checksums dist)" != "$(cat .pack/checksums 2>/dev/null)" ]; then
	rm -rf .pack/checksums .pack/package .pack/*.tgz
	# `npm pack` builds dist by prepack.
	npm pack --silent --pack-destination .pack >/dev/null
	tar -xzf .pack/*.tgz -C .pack
	echo "$sources $(checksums dist)" >.pack/checksums
fi

for program in "$@"; do
	target=$program/node_modules/@dongbaejul/client
	# npm may have linked the sources there. rm removes only the link.
	if [ -L "$target" ] || ! diff -rq .pack/package "$target" >/dev/null 2>&1; then
		rm -rf "$target"
		mkdir -p "$(dirname "$target")"
		cp -R .pack/package "$target"
	fi
done
