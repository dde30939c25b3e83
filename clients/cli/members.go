package main

import (
	"context"

	"github.com/spf13/cobra"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

func (d *dbj) members() *cobra.Command {
	var search, status string
	c := &cobra.Command{
		Use:   "members",
		Short: "List the members",
		Example: `  dbj members --search ㄱㅁㅅ          # by initial consonants: 김민수
  dbj members -n 0 -o jsonl | jq -r .display_name`,
		Args: cobra.NoArgs,
	}
	limit := limitFlag(c)
	c.Flags().StringVar(&search, "search", "", "part of a name, or initial consonants")
	c.Flags().StringVar(&status, "status", "", "active, suspended or withdrawn: only admins see others than active")
	complete(c, "status", words[v1.UserStatus]()...)
	_ = c.RegisterFlagCompletionFunc("search", d.offeredNames())
	c.RunE = func(c *cobra.Command, _ []string) error {
		of, err := parseWord[v1.UserStatus]("status", status)
		if err != nil {
			return err
		}
		members, info, err := collect(c.Context(), *limit, d.memberPages(&v1.ListMembersRequest{Search: search, Status: of}))
		if err != nil {
			return err
		}
		defer d.more(len(members), info)
		text := d.lang.text
		return list(&d.printer, &v1.ListMembersResponse{Members: members, Pagination: info}, members,
			row{text("이름", "name"), text("역할", "role"), text("급수", "skill"), text("상태", "status"), text("접속", "online"), text("가입", "joined"), "id"},
			func(m *v1.Member) row {
				online := ""
				if m.GetOnline() {
					online = text("예", "yes")
				}
				return row{
					d.lang.name(m), d.lang.called(m.GetRole()), d.lang.called(m.GetSkillLevel()), d.lang.called(m.GetStatus()), online,
					when(m.GetJoinedAt()), m.GetId(),
				}
			})
	}
	return c
}

// offeredNames makes a shell offer members by their names.
func (d *dbj) offeredNames() cobra.CompletionFunc {
	return d.offeredTo(func(ctx context.Context, _ []string) ([]named, error) {
		members, err := d.namedMembers(ctx, maxNamed)
		for i := range members {
			members[i].id = members[i].name
			members[i].name = ""
		}
		return members, err
	})
}

// memberPages asks for members as req does, page by page.
func (d *dbj) memberPages(req *v1.ListMembersRequest) page[*v1.Member] {
	return func(ctx context.Context, token string, limit int32) ([]*v1.Member, string, *v1.PaginationInfo, error) {
		req.PageToken, req.Limit = &token, &limit
		answer, err := ask(ctx, d, d.client.Users.ListMembers, req)
		return answer.GetMembers(), answer.GetNextPageToken(), answer.GetPagination(), err
	}
}
