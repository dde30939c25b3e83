package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	dongbaejul "github.com/dongbaejul/dongbaejul/clients/go"
	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

func (d *dbj) watch() *cobra.Command {
	return group("watch", "Follow events live", d.watchGames())
}

func (d *dbj) watchGames() *cobra.Command {
	var status string
	var lines bool
	c := &cobra.Command{
		Use:   "games [GAME]...",
		Short: "Follow games and their scores, live",
		Long:  watchHelp,
		Example: `  dbj watch games --status ongoing
  dbj watch games -o jsonl | jq .score_updated`,
		ValidArgsFunction: d.offeredGames(),
		RunE: func(c *cobra.Command, args []string) error {
			of, err := parseWord[v1.GameStatus]("status", status)
			if err != nil {
				return err
			}
			ids := make([]string, len(args))
			for i, meant := range args {
				if ids[i], err = d.game(c.Context(), meant); err != nil {
					return err
				}
			}
			games := d.client.WatchGames(&v1.WatchGamesRequest{GameIds: ids, Status: of})
			if d.format == asTable && !lines && d.width > 0 {
				return d.drawGames(c.Context(), games)
			}
			return d.printGames(c.Context(), games)
		},
	}
	c.Flags().StringVar(&status, "status", "", "only games that are "+strings.Join(words[v1.GameStatus](), ", "))
	c.Flags().BoolVar(&lines, "lines", false, "a line per event, on a terminal too")
	complete(c, "status", words[v1.GameStatus]()...)
	return c
}

// printGames prints a line for each thing that happens.
func (d *dbj) printGames(ctx context.Context, games *dongbaejul.Subscription) error {
	b := newBoard(d.lang)
	return d.follow(ctx, games, func(e *v1.Event) error {
		game, what := b.apply(e)
		switch {
		case game == nil:
			return nil
		case d.format != asTable:
			return d.eventLine(e)
		}
		_, err := fmt.Fprintf(d.out, "%s  %s\n", time.Now().In(clubZone()).Format("15:04:05 MST"), b.line(game, what))
		return err
	})
}

// connected notes that a stream has begun.
func (d *dbj) connected(e *v1.Event) {
	if e.GetHello() != nil {
		d.status.back()
	}
}

// eventLine prints an event as a line of JSON.
func (d *dbj) eventLine(e *v1.Event) error {
	lines := d.printer
	lines.format = asLines
	return lines.document(e)
}

// drawPause is how long to wait for more before drawing.
const drawPause = 50 * time.Millisecond

// drawGames keeps a table on the terminal.
func (d *dbj) drawGames(ctx context.Context, games *dongbaejul.Subscription) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	events, ended := make(chan *v1.Event), make(chan error, 1)
	go func() {
		for e, err := range games.Events(ctx) {
			if err != nil {
				ended <- err
				return
			}
			select {
			case events <- e:
			case <-ctx.Done():
			}
		}
	}()
	b, s := newBoard(d.lang), &screen{out: d.out}
	d.status.logTo(s.above)
	defer d.status.logTo(nil)
	draw := time.NewTimer(0)
	defer draw.Stop()
	for {
		select {
		case e := <-events:
			d.connected(e)
			if game, _ := b.apply(e); game != nil {
				draw.Reset(drawPause)
			}
		case <-draw.C:
			// The terminal may have another size by now.
			d.width = width(d.out)
			if err := s.draw(b.table(&d.printer, height(d.out))); err != nil {
				return err
			}
		case err := <-ended:
			return err
		}
	}
}

const watchHelp = `Follows the named games, or all that are scheduled or in progress: on a terminal as a table that is redrawn, elsewhere as a line
per event. It reconnects by itself, and runs until it is interrupted.`
