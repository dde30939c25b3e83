package main

import (
	"context"

	"github.com/spf13/cobra"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

func (d *dbj) members() *cobra.Command {
	var search string
	c := &cobra.Command{
		Use:   "members",
		Short: "List the members",
		Example: `  dbj members --search ㄱㅁㅅ          # by initial consonants: 김민수
  dbj members -n 0 -o jsonl | jq -r .display_name`,
		Args: cobra.NoArgs,
	}
	limit := limitFlag(c)
	c.Flags().StringVar(&search, "search", "", "part of a name, or initial consonants")
	c.RunE = func(c *cobra.Command, _ []string) error {
		members, info, err := collect(c.Context(), *limit, d.memberPages(search))
		if err != nil {
			return err
		}
		defer d.more(len(members), info)
		text := d.lang.text
		return list(&d.printer, &v1.ListMembersResponse{Members: members, Pagination: info}, members,
			row{text("이름", "name"), text("역할", "role"), text("실력", "skill"), text("접속", "online"), text("가입", "joined"), "id"},
			func(m *v1.Member) row {
				online := ""
				if m.GetOnline() {
					online = text("예", "yes")
				}
				return row{
					m.GetDisplayName(), d.lang.called(m.GetRole()), d.lang.called(m.GetSkillLevel()), online, when(m.GetJoinedAt()), m.GetId(),
				}
			})
	}
	return c
}

func (d *dbj) memberPages(search string) page[*v1.Member] {
	return func(ctx context.Context, page, limit int32) ([]*v1.Member, *v1.PaginationInfo, error) {
		answer, err := ask(ctx, d, d.client.Users.ListMembers, &v1.ListMembersRequest{Page: &page, Limit: &limit, Search: search})
		return answer.GetMembers(), answer.GetPagination(), err
	}
}
