#!/usr/bin/env bash
# Fails if the contract breaks clients of the released one, which is in tools/released.binpb. `make release-contract` replaces that.
set -euo pipefail
"$BUF" breaking proto --against tools/released.binpb
