package engine

import "github.com/hfspark/hfspark/source"

// tokenOf is the token that a table is read with, which is no part of the plan.
func tokenOf(t *source.Table) string {
	if c, ok := any(t).(interface{ Token() string }); ok {
		return c.Token()
	}
	return t.Options.Token
}
