package hub

import (
	"context"
)

// everyCall lists the calls of a client by name, for tests of what holds for all of them.
func everyCall(ctx context.Context, c *Client) map[string]func() error {
	return map[string]func() error{
		"Info": func() error { _, err := c.Info(ctx, testRepo, ""); return err },
		"Stat": func() error { _, err := c.Stat(ctx, File{Repo: testRepo, Path: "a", Size: -1}); return err },
		"List": func() error {
			for _, err := range c.List(ctx, testRepo, "", "", true) {
				return err
			}
			return nil
		},
		"PathsInfo": func() error { _, err := c.PathsInfo(ctx, testRepo, "", []string{"a"}); return err },
		"ReadFile":  func() error { _, err := c.ReadFile(ctx, File{Repo: testRepo, Path: "a", Size: -1}, 100); return err },
	}
}
