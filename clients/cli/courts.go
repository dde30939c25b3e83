package main

import (
	"context"
	"crypto/rand"

	"github.com/spf13/cobra"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

func (d *dbj) courts() *cobra.Command {
	c := d.listCourts()
	c.Use, c.Short = "courts", "See the courts, or change them as a manager"
	c.AddCommand(d.listCourts(), d.addCourt(), d.updateCourt(), d.deleteCourt())
	return c
}

func (d *dbj) listCourts() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the courts, with the game on each", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			answer, err := ask(c.Context(), d, d.client.Games.ListCourts, &v1.ListCourtsRequest{})
			if err != nil {
				return err
			}
			text := d.lang.text
			return list(&d.printer, answer, answer.GetCourts(),
				row{text("이름", "name"), text("상태", "status"), text("경기", "game"), "id"},
				func(court *v1.Court) row {
					return row{court.GetName(), d.lang.called(court.GetStatus()), court.GetGame().GetTitle(), court.GetId()}
				})
		},
	}
}

func (d *dbj) addCourt() *cobra.Command {
	return &cobra.Command{
		Use: "add NAME", Short: "Add a court", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			key := rand.Text()
			answer, err := ask(c.Context(), d, d.client.Games.CreateCourt, &v1.CreateCourtRequest{Name: args[0], RequestId: &key})
			if err != nil {
				return err
			}
			return d.printCourt(answer.GetCourt())
		},
	}
}

func (d *dbj) updateCourt() *cobra.Command {
	var name, status string
	c := &cobra.Command{
		Use: "update COURT", Short: "Rename a court, or take it out of use", Args: cobra.ExactArgs(1), ValidArgsFunction: d.offeredCourts(),
	}
	c.Flags().StringVar(&name, "name", "", "its new name")
	c.Flags().StringVar(&status, "status", "", "available or maintenance")
	complete(c, "status", "available", "maintenance")
	c.MarkFlagsOneRequired("name", "status")
	c.RunE = func(c *cobra.Command, args []string) error {
		of, err := parseWord[v1.CourtStatus]("status", status)
		if err != nil {
			return err
		}
		id, err := d.court(c.Context(), args[0])
		if err != nil {
			return err
		}
		req := &v1.UpdateCourtRequest{CourtId: id, Status: of}
		if c.Flags().Changed("name") {
			req.Name = &name
		}
		answer, err := ask(c.Context(), d, d.client.Games.UpdateCourt, req)
		if err != nil {
			return err
		}
		return d.printCourt(answer.GetCourt())
	}
	return c
}

func (d *dbj) deleteCourt() *cobra.Command {
	return &cobra.Command{
		Use: "delete COURT", Short: "Delete a court that nobody plays on; games keep its name", Args: cobra.ExactArgs(1),
		ValidArgsFunction: d.offeredCourts(),
		RunE: d.byID(d.court, func(c *cobra.Command, id string) error {
			answer, err := ask(c.Context(), d, d.client.Games.DeleteCourt, &v1.DeleteCourtRequest{CourtId: id})
			if err != nil {
				return err
			}
			if d.format != asTable {
				return d.document(answer)
			}
			return d.line("코트를 삭제했습니다.", "The court is deleted.")
		}),
	}
}

func (d *dbj) printCourt(court *v1.Court) error {
	if d.format != asTable {
		return d.document(court)
	}
	text := d.lang.text
	return d.fields(
		row{text("이름", "name"), court.GetName()},
		row{text("상태", "status"), d.lang.called(court.GetStatus())},
		row{"id", court.GetId()},
	)
}

// offeredCourts makes a shell offer courts.
func (d *dbj) offeredCourts() cobra.CompletionFunc {
	return d.offered(func(ctx context.Context, _ []string) ([]named, error) { return d.namedCourts(ctx) })
}
