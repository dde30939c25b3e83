#!/usr/bin/env bash
# Fails when the contract has changed in a way that breaks clients of the one at a commit (default: none, nothing to check).
set -euo pipefail
base=${1:-}
if [ -z "$base" ] || ! git cat-file -e "$base:proto" 2>/dev/null; then
	echo "breaking: no contract at '${base}' to compare with"
	exit 0
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
git archive "$base" proto buf.yaml | tar -x -C "$dir"
cp -r third_party "$dir/"
(cd "$dir" && "$BUF" build proto -o base.binpb)
"$BUF" breaking proto --against "$dir/base.binpb"
