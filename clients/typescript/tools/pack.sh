#!/usr/bin/env bash
# Packs the package as it would be published, and puts it where the programs that try it find it, each by its own settings.
set -euo pipefail
cd "$(dirname "$0")/.."
rm -rf .pack && mkdir -p .pack
# `npm pack` builds by prepack.
npm pack --silent --pack-destination .pack >/dev/null
for program in test/react-native test/package ../expo; do
	target=$program/node_modules/@dongbaejul/client
	rm -rf "$target" && mkdir -p "$target"
	tar -xzf .pack/*.tgz -C "$target" --strip-components 1
done
