package function

import "github.com/hfspark/hfspark/internal/plan/typed"

// splitSQL prints the pieces of text between matches of a pattern.
func splitSQL(call typed.Call, text string, index int, pattern string) (string, error) {
	return "string_split_regex(" + text + ", " + pattern + ")", nil
}
