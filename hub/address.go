package hub

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// addressPattern takes hf://datasets/namespace/name[@revision][/path] apart. The revisions refs/convert/… and refs/pr/… keep their
// slash, in others it is written %2F; both as in huggingface_hub's HfFileSystem.
var addressPattern = regexp.MustCompile(`^hf://datasets/([^/@]+/[^/@]+)(?:@(refs/(?:convert|pr)/[^/]+|[^/]+))?(?:/(.*))?$`)

// IsAddress tells that a text is meant as an address: that it begins with hf://.
func IsAddress(text string) bool { return strings.HasPrefix(text, "hf://") }

// ParseAddress reads hf://datasets/namespace/name[@revision][/path], the address of a dataset, or of a file or folder in it. Revision
// and path are "" where there is none; a slash at the end of the path is kept.
func ParseAddress(text string) (File, error) {
	m := addressPattern.FindStringSubmatch(text)
	if m == nil {
		return File{}, fmt.Errorf("%s is not the address of a dataset: write hf://datasets/namespace/name, and @revision and /path behind it if need be", text)
	}
	revision, err := url.PathUnescape(m[2])
	if err != nil {
		return File{}, fmt.Errorf("%s: its revision is not well escaped: %w", text, err)
	}
	return File{Repo: Dataset(m[1]), Revision: revision, Path: strings.TrimLeft(m[3], "/"), Size: -1}, nil
}
