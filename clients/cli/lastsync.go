package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	dongbaejul "github.com/dongbaejul/dongbaejul/clients/go"
	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

// noSync are the reasons why a sync cannot start, or comes to nothing, that are not the member's.
var noSync = []v1.ErrorReason{
	v1.ErrorReason_ERROR_REASON_BAND_NOT_CONNECTED, v1.ErrorReason_ERROR_REASON_BAND_REFUSED, v1.ErrorReason_ERROR_REASON_BAND_RATE_LIMITED,
	v1.ErrorReason_ERROR_REASON_BAND_UNAVAILABLE, v1.ErrorReason_ERROR_REASON_SYNC_INTERRUPTED,
}

// withLastSync makes the command that syncs say when the last sync was if there is none now: how old the copy is that members see.
func (d *dbj) withLastSync(c *cobra.Command) *cobra.Command {
	run := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		err := run(c, args)
		if slices.ContainsFunc(noSync, dongbaejul.Explain(err).Is) {
			d.sayLastSync(c.Context())
		}
		return err
	}
	return c
}

func (d *dbj) sayLastSync(ctx context.Context) {
	answer, err := ask(ctx, d, d.client.Photos.ListAlbums, &v1.ListAlbumsRequest{Limit: new(int32(1))})
	if err != nil {
		// Why there is no sync is what matters.
		return
	}
	if last := answer.GetSyncStatus().GetLastSync(); last != nil {
		d.status.say("마지막 동기화: %s", "Last sync: %s", when(last))
		return
	}
	d.status.say("아직 동기화한 적이 없습니다.", "There has been no sync yet.")
}
