package hub

import (
	"context"
	"iter"
)

// everyCall lists the calls of a client by name, for tests of what holds for all of them. dir is a folder for what
// they keep, without anything in it.
func everyCall(ctx context.Context, c *Client, dir string) map[string]func() error {
	file := File{Repo: testRepo, Path: "a", Size: -1}
	return map[string]func() error{
		"Download": func() error {
			return second(c.Download(ctx, file, DownloadOptions{CacheDir: dir}))
		},
		"Snapshot": func() error {
			return second(c.Snapshot(ctx, testRepo, "", SnapshotOptions{DownloadOptions: DownloadOptions{CacheDir: dir}}))
		},
		"Upload": func() error {
			return c.Upload(ctx, testRepo, "main", UploadOptions{}, &Add{Path: "a", Content: Bytes([]byte("a"))})
		},
		"Commit": func() error {
			return second(c.Commit(ctx, testRepo, "main", Commit{Summary: "x", Operations: []Operation{&Add{Path: "a", Content: Bytes([]byte("a"))}}}))
		},
		"Info":              func() error { return second(c.Info(ctx, testRepo, "")) },
		"Stat":              func() error { return second(c.Stat(ctx, file)) },
		"List":              func() error { return first(c.List(ctx, testRepo, "", "", true)) },
		"PathsInfo":         func() error { return second(c.PathsInfo(ctx, testRepo, "", []string{"a"})) },
		"ReadFile":          func() error { return second(c.ReadFile(ctx, file, 100)) },
		"Range":             func() error { return second(c.Range(ctx, file, 0, 10)) },
		"WhoAmI":            func() error { return second(c.WhoAmI(ctx)) },
		"AuthCheck":         func() error { return c.AuthCheck(ctx, testRepo, false) },
		"CreateRepo":        func() error { return second(c.CreateRepo(ctx, testRepo, RepoOptions{})) },
		"DeleteRepo":        func() error { return c.DeleteRepo(ctx, testRepo, true) },
		"MoveRepo":          func() error { return c.MoveRepo(ctx, testRepo, Dataset("acme/new")) },
		"UpdateSettings":    func() error { return c.UpdateSettings(ctx, testRepo, Settings{Private: ptr(true)}) },
		"Squash":            func() error { return c.Squash(ctx, testRepo, "", "") },
		"Refs":              func() error { return second(c.Refs(ctx, testRepo, true)) },
		"Commits":           func() error { return first(c.Commits(ctx, testRepo, "")) },
		"CreateBranch":      func() error { return c.CreateBranch(ctx, testRepo, "dev", BranchOptions{ExistOK: true}) },
		"DeleteBranch":      func() error { return c.DeleteBranch(ctx, testRepo, "dev") },
		"CreateTag":         func() error { return c.CreateTag(ctx, testRepo, "v1", TagOptions{}) },
		"DeleteTag":         func() error { return c.DeleteTag(ctx, testRepo, "v1") },
		"CreatePullRequest": func() error { return second(c.CreatePullRequest(ctx, testRepo, "x", "")) },
		"PullRequest":       func() error { return second(c.PullRequest(ctx, testRepo, 1)) },
		"PullRequests":      func() error { return first(c.PullRequests(ctx, testRepo, "")) },
		"MergePullRequest":  func() error { return c.MergePullRequest(ctx, testRepo, 1, "") },
		"ClosePullRequest":  func() error { return c.ClosePullRequest(ctx, testRepo, 1, "") },
	}
}

func second[T any](_ T, err error) error { return err }

// first returns the error that an iterator yields first.
func first[T any](all iter.Seq2[T, error]) error {
	for _, err := range all {
		return err
	}
	return nil
}
