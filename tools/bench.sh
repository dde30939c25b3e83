#!/usr/bin/env bash
# Prints the figures of the README, all from one run, with the machine they are from.
set -euo pipefail
echo "# $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2 | xargs), $(nproc) CPUs, $(go version | cut -d' ' -f3), Linux $(uname -r)"
echo "# From the start of the process to its first answer"
dir=$(mktemp -d)
began=$(date +%s%N)
PORT=3999 DATA_DIR=$dir LOG_LEVEL=error bin/dongbaejul &
server=$!
until curl -sf -o /dev/null http://localhost:3999/health; do sleep 0.005; done
echo "serving after $((($(date +%s%N) - began) / 1000000)) ms, on an empty folder"
kill $server && wait $server && rm -r "$dir"
echo "# Durable sends: one append to a room's log, answered when it is on disk (SQLite, synchronous=FULL)"
go test -run '^$' -bench '^BenchmarkAppend' -benchtime 3s ./internal/store/sqlite | grep -E '^Benchmark'
echo "# The same on a server that speaks MongoDB's protocol"
go test -run '^$' -bench '^BenchmarkAppend' -benchtime 3s ./internal/store/mongodb | grep -E '^Benchmark'
echo "# A page of 50 messages of a room's history"
go test -run '^$' -bench '^BenchmarkHistoryPage' -benchtime 3s ./internal/store/sqlite | grep -E '^Benchmark'
go test -timeout 30m -run '^$' -bench '^BenchmarkHistoryPage' -benchtime 3s ./internal/store/mongodb | grep -E '^Benchmark'
echo "# The notice board at 100,000 Korean posts: a page of 20, and a search, in ms"
go test -run '^$' -bench '^Benchmark(ListPosts|Search100k)' -benchtime 300x ./internal/store/sqlite | grep -E '^Benchmark'
echo "# Fan-out of one room's messages"
go run ./tools/fanout -server bin/dongbaejul -mongodb "$TEST_MONGODB_URI" -redis "$TEST_REDIS_URL"
