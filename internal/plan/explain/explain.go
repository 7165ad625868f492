// Package explain prints plans for people, with what their scans leave out and fetch.
package explain

import (
	"context"
	"fmt"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/sideways"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/source"
	"github.com/hfspark/hfspark/source/parquet"
)

// Estimator tells what reading a table takes; *source.Source is one.
type Estimator interface {
	Estimate(ctx context.Context, t *source.Table, r source.Request) (source.Estimate, error)
}

// Text prints an optimized plan as typed.String does, and behind each scan of a repository what it reads: files, row groups,
// pages and bytes, listed, skipped and to fetch, and why. It reads footers of data files; that those cannot be read is told
// in their place, since whoever runs the query is told so by then.
func Text(ctx context.Context, n typed.Node, e Estimator) string {
	return typed.Print(sideways.Announce(n), func(scan *typed.Scan) string {
		if scan.Table == nil || e == nil {
			return ""
		}
		estimate, err := e.Estimate(ctx, scan.Table, scan.Request())
		if err != nil {
			return ", not estimated: " + strings.Join(strings.Fields(err.Error()), " ")
		}
		return ", " + facts(estimate, len(scan.Later) > 0)
	})
}

// maxReasons is how many reasons are told.
const maxReasons = 8

// facts tells an estimate; most says that it is what is read at most.
func facts(e source.Estimate, most bool) string {
	fetch := " to fetch"
	if most {
		fetch = " to fetch at most"
	}
	parts := []string{counts("files", e.Files, e.FilesSkipped, fetch)}
	looked := ""
	if e.FilesLooked > 0 {
		if e.FilesLooked+e.FilesSkipped < e.Files || e.FilesLooked < e.Files && e.FilesSkipped == 0 {
			looked = fmt.Sprintf(" in the first %d files", e.FilesLooked)
		}
		parts = append(parts, counts("row groups"+looked, e.RowGroups, e.RowGroupsSkipped, fetch))
		if e.Pages > 0 {
			parts = append(parts, counts("pages", e.Pages, e.PagesSkipped, fetch))
		}
	}
	listed := e.BytesListed
	if looked != "" {
		listed = e.BytesLooked
	}
	parts = append(parts, fmt.Sprintf("bytes%s: %d listed, %d skipped, %d%s", looked, listed, max(listed-e.BytesToFetch, 0), e.BytesToFetch, fetch))
	var why []string
	for i, r := range e.Reasons {
		if i == maxReasons {
			why = append(why, fmt.Sprintf("%d more", len(e.Reasons)-i))
			break
		}
		why = append(why, reason(r))
	}
	if len(why) > 0 {
		parts = append(parts, "skipped by: ["+strings.Join(why, "; ")+"]")
	}
	return strings.Join(parts, ", ")
}

// counts tells how many there are of something, how many are left out, and the rest.
func counts(of string, listed, skipped int, fetch string) string {
	return fmt.Sprintf("%s: %d listed, %d skipped, %d%s", of, listed, skipped, listed-skipped, fetch)
}

func reason(r parquet.Reason) string {
	text := r.Condition + " (" + r.Statistic
	if r.RowGroups > 0 {
		text += fmt.Sprintf(": %d row groups", r.RowGroups)
	}
	if r.Pages > 0 {
		text += fmt.Sprintf(": %d pages", r.Pages)
	}
	return text + ")"
}
