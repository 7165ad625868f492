package analyzer

import (
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// javaDouble writes a number as Java prints doubles of ordinary size.
func javaDouble(f float64) string {
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

func longLiteral(n int64) typed.Literal { return typed.Literal{Value: n, DataType: types.Long} }

func intLiteral(n int32) typed.Literal { return typed.Literal{Value: n, DataType: types.Integer} }
