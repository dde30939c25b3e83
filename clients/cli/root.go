package main

import (
	"context"

	"github.com/spf13/cobra"
)

// root is the command with all others.
func (d *dbj) root() *cobra.Command {
	var f flags
	root := &cobra.Command{
		Use:   "dbj",
		Short: "The club on a command line",
		Long: `dbj is the club's app on a command line: members, the notice board, games and chat.

Settings come from flags, then from DBJ_SERVER, DBJ_OUTPUT, DBJ_LANG and DBJ_WAIT, then (but for the wait) from config.json in
$XDG_CONFIG_HOME/dongbaejul, where the tokens are kept as well.`,
		Version:       programVersion(),
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			// cobra looks at them later, when the command line counts as right.
			if err := c.ValidateFlagGroups(); err != nil {
				return err
			}
			return d.begin(f)
		},
	}
	flags := root.PersistentFlags()
	flags.StringVarP(&f.server, "server", "s", "", "the server's address (default: where you last signed in)")
	flags.StringVarP(&f.output, "output", "o", "", "table, json or jsonl (default table)")
	flags.StringVar(&f.lang, "lang", "", "ko or en (default: from the locale)")
	flags.DurationVar(&f.wait, "wait", 0, "how long to wait for a server that does not answer (default 30s)")
	complete(root, "output", string(asTable), string(asJSON), string(asLines))
	complete(root, "lang", string(korean), string(english))
	root.AddCommand(
		d.login(), d.logout(), d.whoami(), d.members(), d.posts(), d.games(), d.courts(), d.watch(), d.chat(), d.albums(), d.photos(), d.upload(), d.withLastSync(d.sync()),
		d.export(), exitCodes(),
	)
	// cobra adds these two when it runs a command, which is after it looks for its name: until then their next argument is their value.
	root.InitDefaultHelpFlag()
	root.InitDefaultVersionFlag()
	return root
}

// group is a command that only has others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: short,
		// With what it does when it is called itself, it refuses what is none of its commands.
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(commands...)
	return c
}

// complete makes a shell offer words for a flag.
func complete(c *cobra.Command, flag string, words ...string) {
	// It fails for a flag that is not there only, which a test of all commands finds.
	if err := c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err)
	}
}

// offered makes a shell offer things of the server for a first argument.
func (d *dbj) offered(list func(ctx context.Context, args []string) ([]named, error)) cobra.CompletionFunc {
	ask := d.offeredTo(list)
	return func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return ask(c, args, typed)
	}
}

// offeredTo makes a shell offer things of the server, wherever they are named.
func (d *dbj) offeredTo(list func(ctx context.Context, args []string) ([]named, error)) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		// A completion runs no command, and so nothing has begun.
		var f flags
		f.server, _ = c.Flags().GetString("server")
		if err := d.begin(f); err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		d.config.wait = completionWait
		things, err := list(c.Context(), args)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return offer(things, typed), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}
