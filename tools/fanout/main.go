// Command fanout measures how a server hands one room's messages to many streams, beside a bare connect-go stream that
// only broadcasts: deliveries per second, server CPU per delivery, latency, and memory per idle stream. It starts each
// server as a process of its own and reads the process's CPU time and memory from /proc, so it needs Linux.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == bareCommand {
		exit(serveBare())
		return
	}
	server := flag.String("server", "", "the server's binary")
	streams := flag.String("streams", "200,1000", "how many streams to open, in turn")
	mongoURI := flag.String("mongodb", "", "URI of a MongoDB, without a database: with -redis, two processes that share both are measured too")
	redisURL := flag.String("redis", "", "URL of a Redis")
	length := flag.Duration("for", 5*time.Second, "how long each measurement lasts")
	flag.Parse()
	if *server == "" {
		exit(errors.New("-server is missing: the path of a binary made by `make build`"))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	starters := []starter{{"bare", startBare}, {"dongbaejul", embedded(*server)}}
	if *mongoURI != "" && *redisURL != "" {
		starters = append(starters, starter{"2 processes", pair(*server, *mongoURI, *redisURL)})
	}
	exit(measure(ctx, starters, *streams, *length))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "fanout:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, starters []starter, streams string, length time.Duration) error {
	fmt.Println("# server CPU is the server processes' own, not that of a database; the clients run on the same CPUs")
	fmt.Println("# KiB/idle stream is what the process has, of a run of its own with " + littleGarbage)
	fmt.Printf("%-11s %-18s %7s %14s %12s %10s %14s %16s\n",
		"server", "protocol", "streams", "deliveries/s", "CPU/deliv.", "events/fr.", "KiB/idle str.", "p50/p99 at 20/s")
	for _, field := range strings.Split(streams, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil {
			return fmt.Errorf("-streams: %w", err)
		}
		for _, start := range starters {
			for _, p := range []protocol{connectHTTP1, grpcHTTP2} {
				r, err := run(ctx, start, p, n, length)
				if err != nil {
					return fmt.Errorf("%s, %s, %d streams: %w", start.name, p, n, err)
				}
				fmt.Printf("%-11s %-18s %7d %14.0f %12s %10.1f %14.1f %16s\n", start.name, p, n, r.perSecond,
					r.cpu.Round(10*time.Nanosecond), r.batch, r.idle/1024, fmt.Sprintf("%.1f / %.1f ms", ms(r.p50), ms(r.p99)))
			}
		}
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
