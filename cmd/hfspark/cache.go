package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/hub/cache"
	"github.com/hfspark/hfspark/internal/progress"
)

func newCache() *cobra.Command {
	var dir string
	command := &cobra.Command{
		Use:     "cache",
		Short:   "List, verify and clear downloaded files",
		Long:    "cache looks after the folder of downloaded files that hfspark and huggingface_hub share (HF_HUB_CACHE, HF_HOME).",
		Example: "  hfspark cache list\n  hfspark cache verify openai/gsm8k\n  hfspark cache rm openai/gsm8k",
		Args:    arguments(cobra.NoArgs),
		RunE:    func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.PersistentFlags().StringVar(&dir, "cache-dir", "", "the cache (default: HF_HUB_CACHE, or hub in HF_HOME)")
	command.AddCommand(newCacheList(&dir), newCacheVerify(&dir), newCacheRemove(&dir))
	return command
}

func newCacheList(dir *string) *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the repositories in the cache",
		Long:    "list tells which repositories the cache holds, in which revisions, and how large they are.",
		Example: "  hfspark cache list\n  hfspark cache list --json",
		Args:    arguments(cobra.NoArgs),
		RunE: func(command *cobra.Command, _ []string) error {
			shared, err := hub.OpenCache(*dir)
			if err != nil {
				return err
			}
			list, err := shared.Repositories()
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(command.OutOrStdout()).Encode(list)
			}
			return printCached(command.OutOrStdout(), list)
		},
	}
	addJSON(command.Flags(), &asJSON)
	return command
}

func printCached(out io.Writer, list []cache.Cached) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "REPOSITORY\tREVISION\tREFS\tFILES\tSIZE\tBROKEN OFF")
	for _, one := range list {
		partial := ""
		if one.Partial > 0 {
			partial = progress.Bytes(one.Partial)
		}
		for _, revision := range one.Revisions {
			fmt.Fprintf(w, "%s/%s\t%s\t%s\t%d\t%s\t%s\n", one.Kind, one.ID, revision.Commit[:12], strings.Join(revision.Refs, ","),
				revision.Files, progress.Bytes(revision.Bytes), partial)
			partial = ""
		}
	}
	return w.Flush()
}

// cached names the commit of a dataset in the cache that an argument means: namespace/name, or that with @revision.
func cached(dir, argument string) (repo *cache.Repository, commits []string, err error) {
	shared, err := hub.OpenCache(dir)
	if err != nil {
		return nil, nil, err
	}
	id, revision, given := strings.Cut(argument, "@")
	if err := cache.CheckPath(id); err != nil {
		return nil, nil, usageError{err}
	}
	repo = shared.Repository(string(hub.RepoDataset), id)
	known, err := repo.Commits()
	if err != nil {
		return nil, nil, err
	}
	if !given {
		if len(known) == 0 {
			return nil, nil, fmt.Errorf("dataset %s is not in the cache %s", id, shared.Dir())
		}
		return repo, known, nil
	}
	if commit, ok := repo.Ref(revision); ok {
		revision = commit
	}
	for _, commit := range known {
		if revision != "" && strings.HasPrefix(commit, revision) {
			commits = append(commits, commit)
		}
	}
	if len(commits) != 1 {
		return nil, nil, fmt.Errorf("%d commits of dataset %s in the cache %s are called %q", len(commits), id, shared.Dir(), revision)
	}
	return repo, commits, nil
}

// verified is what became of the check of a commit that has no bad files.
type verified struct {
	Commit string `json:"commit"`
	Files  int    `json:"files"`
}

func newCacheVerify(dir *string) *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use:   "verify REPO[@REVISION]",
		Short: "Check downloaded files against their hashes",
		Long: "verify reads the downloaded files of a dataset, or of one of its revisions, and compares them with the hashes that the\n" +
			"Hub told of them. It fails when a file is bad, and names it.",
		Example: "  hfspark cache verify openai/gsm8k@main",
		Args:    arguments(cobra.ExactArgs(1)),
		RunE: func(command *cobra.Command, args []string) error {
			repo, commits, err := cached(*dir, args[0])
			if err != nil {
				return err
			}
			var good []verified
			var bad []string
			for _, commit := range commits {
				checked, problems, err := hub.VerifyCached(repo, commit)
				if err != nil {
					return err
				}
				good = append(good, verified{commit, checked})
				for _, p := range problems {
					bad = append(bad, fmt.Sprintf("%s of commit %.12s: %s", p.Path, commit, p.What))
				}
			}
			if len(bad) > 0 {
				return fmt.Errorf("the cache has bad files: fetch them again with 'hfspark download --force', or remove them with "+
					"'hfspark cache rm':\n%s", strings.Join(bad, "\n"))
			}
			out := command.OutOrStdout()
			if asJSON {
				return json.NewEncoder(out).Encode(good)
			}
			for _, v := range good {
				fmt.Fprintf(out, "commit %s: %d files checked, all good\n", v.Commit, v.Files)
			}
			return nil
		},
	}
	addJSON(command.Flags(), &asJSON)
	return command
}

func newCacheRemove(dir *string) *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use:     "rm REPO[@REVISION]",
		Short:   "Remove a dataset, or one of its revisions, from the cache",
		Long:    "rm deletes what the cache has of a dataset, or of one of its revisions. What other revisions share stays.",
		Example: "  hfspark cache rm openai/gsm8k\n  hfspark cache rm openai/gsm8k@refs/pr/1",
		Args:    arguments(cobra.ExactArgs(1)),
		RunE: func(command *cobra.Command, args []string) error {
			repo, commits, err := cached(*dir, args[0])
			if err != nil {
				return err
			}
			freed, err := repo.Remove(commits...)
			if err != nil {
				return err
			}
			out := command.OutOrStdout()
			if asJSON {
				return json.NewEncoder(out).Encode(map[string]any{"commits": commits, "bytes": freed})
			}
			_, err = fmt.Fprintf(out, "removed %s: %s\n", args[0], progress.Bytes(freed))
			return err
		},
	}
	addJSON(command.Flags(), &asJSON)
	return command
}
