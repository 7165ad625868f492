package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/hub/cache"
)

func newCache() *cobra.Command {
	var dir string
	command := &cobra.Command{
		Use:   "cache",
		Short: "List, verify and clear downloaded files",
		Long:  "cache looks after the folder of downloaded files that hfspark and huggingface_hub share (HF_HUB_CACHE, HF_HOME).",
		Args:  arguments(cobra.NoArgs),
		RunE:  func(command *cobra.Command, _ []string) error { return command.Help() },
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
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

func printCached(out io.Writer, list []cache.Cached) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "REPOSITORY\tREVISION\tREFS\tFILES\tSIZE\tBROKEN OFF")
	size := func(n int64) string { return humanize.Bytes(uint64(max(n, 0))) } //nolint:gosec // Not negative.
	for _, one := range list {
		partial := ""
		if one.Partial > 0 {
			partial = size(one.Partial)
		}
		for _, revision := range one.Revisions {
			fmt.Fprintf(w, "%s/%s\t%s\t%s\t%d\t%s\t%s\n", one.Kind, one.ID, revision.Commit[:12], strings.Join(revision.Refs, ","),
				revision.Files, size(revision.Bytes), partial)
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

func newCacheVerify(dir *string) *cobra.Command {
	return &cobra.Command{
		Use:     "verify REPO[@REVISION]",
		Short:   "Check downloaded files against their hashes",
		Example: "  hfspark cache verify openai/gsm8k@main",
		Args:    arguments(cobra.ExactArgs(1)),
		RunE: func(command *cobra.Command, args []string) error {
			repo, commits, err := cached(*dir, args[0])
			if err != nil {
				return err
			}
			bad := 0
			for _, commit := range commits {
				checked, problems, err := hub.VerifyCached(repo, commit)
				if err != nil {
					return err
				}
				for _, p := range problems {
					fmt.Fprintf(command.OutOrStdout(), "%s: %s\n", p.Path, p.What)
				}
				bad += len(problems)
				fmt.Fprintf(command.OutOrStdout(), "commit %s: %d files checked, %d bad\n", commit, checked, len(problems))
			}
			if bad > 0 {
				return errors.New("the cache has bad files: fetch them again with 'hfspark download --force', or remove them with 'hfspark cache rm'")
			}
			return nil
		},
	}
}

func newCacheRemove(dir *string) *cobra.Command {
	return &cobra.Command{
		Use:     "rm REPO[@REVISION]",
		Short:   "Remove a dataset, or one of its revisions, from the cache",
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
			fmt.Fprintf(command.OutOrStdout(), "removed %s: %s\n", args[0], humanize.Bytes(uint64(max(freed, 0)))) //nolint:gosec // Not negative.
			return nil
		},
	}
}
