package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/hfspark/hfspark/hub/wire"
)

// bucketInfo is [Client.Info] of a bucket; it has no commit.
func (c *Client) bucketInfo(ctx context.Context, repo Repo, rule retryRule) (*Info, error) {
	s := subject{op: "look up", repo: repo}
	if err := repo.checkReadable(s); err != nil {
		return nil, err
	}
	u, err := c.url(repo.apiPath(), "")
	if err != nil {
		return nil, s.fail(err.Error(), "", err)
	}
	var info wire.Bucket
	if _, err := c.getJSON(ctx, call{subject: s, method: http.MethodGet, url: u, kind: kindAPI, retry: rule}, &info); err != nil {
		return nil, err
	}
	if info.ID == "" {
		return nil, s.fail(fmt.Sprintf("the answer of %s lacks the id", u.Host), "", ErrMalformed)
	}
	return &Info{ID: info.ID, Private: info.Private}, nil
}

// listBucket is [Client.List] of a bucket. The Hub takes the path for the beginning of names, so that what only begins like the
// directory is left out here (huggingface_hub, hf_file_system.py). Directories are told of one level, not of a whole tree.
func (c *Client) listBucket(ctx context.Context, repo Repo, path string, recursive bool, yield func(Entry, error) bool) {
	s := subject{op: "list", repo: repo, path: path}
	next, err := c.firstBucketPage(s, recursive)
	found := path == ""
	for err == nil && next != nil {
		var page []wire.Entry
		page, next, err = c.page(ctx, s, next)
		for _, entry := range page {
			if path != "" && !strings.HasPrefix(entry.Path, path+"/") {
				continue
			}
			found = true
			if !yield(fromWire(entry), nil) {
				return
			}
		}
	}
	if err == nil && !found {
		err = s.fail("the bucket has no such directory", "", ErrEntryNotFound)
	}
	if err != nil {
		yield(Entry{}, err)
	}
}

func (c *Client) firstBucketPage(s subject, recursive bool) (*url.URL, error) {
	if err := s.repo.checkReadable(s); err != nil {
		return nil, err
	}
	return c.folderURL(s, s.repo.apiPath()+"/tree", fmt.Sprintf("recursive=%t", recursive))
}

// bucketPaths is [Client.PathsInfo] of a bucket.
func (c *Client) bucketPaths(ctx context.Context, repo Repo, paths []string) ([]Entry, error) {
	s := subject{op: "look up files", repo: repo}
	if err := repo.checkReadable(s); err != nil {
		return nil, err
	}
	u, err := c.url(repo.apiPath()+"/paths-info", "")
	if err != nil {
		return nil, s.fail(err.Error(), "", err)
	}
	var out []Entry
	for len(paths) > 0 {
		batch := paths[:min(pathsBatch, len(paths))]
		paths = paths[len(batch):]
		body, err := json.Marshal(wire.BucketPathsRequest{Paths: batch})
		if err != nil {
			return nil, s.fail(err.Error(), "", err)
		}
		var entries []wire.Entry
		_, err = c.getJSON(ctx, call{
			subject: s, method: http.MethodPost, url: u, kind: kindAPI, body: body, header: http.Header{"Content-Type": {"application/json"}},
		}, &entries)
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			out = append(out, fromWire(entry))
		}
	}
	return out, nil
}
