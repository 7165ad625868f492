// Package show prints rows as Spark's df.show() does, character for character.
package show

import (
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/apache/arrow-go/v18/arrow"
)

// minimumWidth is the width of the narrowest column.
const minimumWidth = 3

// Options tell how many rows are shown, and how.
type Options struct {
	// Rows is how many rows are shown at most; when there are more, a line under the table says so. Give one row more than
	// that to tell.
	Rows int
	// Truncate cuts longer cells to this many characters, dots included; 0 cuts nothing.
	Truncate int
	// Vertical prints one line a value.
	Vertical bool
	// TimeZone is the zone in which timestamps are shown; "" is UTC.
	TimeZone string
}

// Table prints the first rows of batches, whose columns have the Arrow types that Spark gives its own (types.ToArrow). As in
// Spark 4, the text ends in a line break unless it ends with the line about more rows.
func Table(schema *arrow.Schema, batches []arrow.RecordBatch, o Options) (string, error) {
	grid, more, err := cells(schema, batches, o)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	if o.Vertical {
		writeVertical(&text, grid)
	} else {
		writeHorizontal(&text, grid, o.Truncate > 0)
	}
	switch {
	case o.Vertical && len(grid) == 1:
		text.WriteString("(0 rows)")
	case more:
		text.WriteString(moreRows(o.Rows))
	}
	return text.String(), nil
}

// HTML prints the first rows as the table that notebooks show.
func HTML(schema *arrow.Schema, batches []arrow.RecordBatch, o Options) (string, error) {
	grid, more, err := cells(schema, batches, o)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	text.WriteString("<table border='1'>\n")
	for i, row := range grid {
		tag := "td"
		if i == 0 {
			tag = "th"
		}
		for j := range row {
			row[j] = "<" + tag + ">" + escapeHTML(row[j]) + "</" + tag + ">"
		}
		text.WriteString("<tr>" + strings.Join(row, "") + "</tr>\n")
	}
	text.WriteString("</table>\n")
	if more {
		text.WriteString(moreRows(o.Rows) + "\n")
	}
	return text.String(), nil
}

func moreRows(rows int) string {
	if rows == 1 {
		return "only showing top 1 row"
	}
	return fmt.Sprintf("only showing top %d rows", rows)
}

// cells returns the header and the rows to show as text, and whether there are more rows.
func cells(schema *arrow.Schema, batches []arrow.RecordBatch, o Options) (grid [][]string, more bool, err error) {
	format, err := newFormatter(o.TimeZone)
	if err != nil {
		return nil, false, err
	}
	format.limit = max(o.Truncate, 0)
	header := make([]string, schema.NumFields())
	for i, field := range schema.Fields() {
		header[i] = escape(field.Name)
	}
	grid = append(grid, header)
	for _, batch := range batches {
		for i := range int(batch.NumRows()) {
			if len(grid) > o.Rows {
				return grid, true, nil
			}
			row := make([]string, len(header))
			for j, column := range batch.Columns() {
				cell, err := format.cell(column, i)
				if err != nil {
					return nil, false, fmt.Errorf("show column %s: %w", schema.Field(j).Name, err)
				}
				row[j] = truncate(escape(cell), o.Truncate)
			}
			grid = append(grid, row)
		}
	}
	return grid, false, nil
}

func writeHorizontal(text *strings.Builder, grid [][]string, right bool) {
	widths := make([]int, len(grid[0]))
	for j := range widths {
		widths[j] = minimumWidth
		for _, row := range grid {
			widths[j] = max(widths[j], Width(row[j]))
		}
	}
	dashes := make([]string, len(widths))
	for j, width := range widths {
		dashes[j] = strings.Repeat("-", width)
	}
	line := "+" + strings.Join(dashes, "+") + "+\n"
	text.WriteString(line)
	for i, row := range grid {
		cells := make([]string, len(row))
		for j, cell := range row {
			padding := strings.Repeat(" ", widths[j]-Width(cell))
			if right {
				cells[j] = padding + cell
			} else {
				cells[j] = cell + padding
			}
		}
		text.WriteString("|" + strings.Join(cells, "|") + "|\n")
		if i == 0 {
			text.WriteString(line)
		}
	}
	text.WriteString(line)
}

func writeVertical(text *strings.Builder, grid [][]string) {
	names, data := minimumWidth, minimumWidth
	for i, row := range grid {
		for _, cell := range row {
			if i == 0 {
				names = max(names, Width(cell))
			} else {
				data = max(data, Width(cell))
			}
		}
	}
	for i, row := range grid[1:] {
		head := fmt.Sprintf("-RECORD %d", i)
		text.WriteString(head + strings.Repeat("-", max(0, names+data+5-len(head))) + "\n")
		for j, cell := range row {
			name := grid[0][j]
			text.WriteString(" " + name + strings.Repeat(" ", names-Width(name)) + " | " + cell + strings.Repeat(" ", data-Width(cell)) + " \n")
		}
	}
}

// wide are the ranges that Spark counts as two columns wide (Utils.stringHalfWidth), found by asking it for every character.
var wide = [][2]uint16{
	{0x1100, 0x115f},
	{0x2e80, 0xa4cf},
	{0xac00, 0xd7a3},
	{0xf900, 0xfaff},
	{0xfe10, 0xfe19},
	{0xfe30, 0xfe6f},
	{0xff00, 0xff60},
	{0xffe0, 0xffe6},
}

// Width is the number of terminal columns that Spark takes a text to have: one for each UTF-16 unit and one more for each
// wide character.
func Width(text string) int {
	width := 0
	for _, r := range text {
		if r > 0xffff {
			width += 2
			continue
		}
		width++
		for _, bounds := range wide {
			if uint16(r) >= bounds[0] && uint16(r) <= bounds[1] {
				width++
				break
			}
		}
	}
	return width
}

// truncate cuts a cell to limit UTF-16 units, the last three of them dots where there is room for them. Half of a surrogate
// pair becomes a question mark, as when the JVM encodes it.
func truncate(cell string, limit int) string {
	if limit <= 0 || len(cell) <= limit {
		return cell
	}
	units := utf16.Encode([]rune(cell))
	if len(units) <= limit {
		return cell
	}
	keep, dots := limit, ""
	if limit >= 4 {
		keep, dots = limit-3, "..."
	}
	cut := units[:keep]
	if keep > 0 && utf16.IsSurrogate(rune(cut[keep-1])) && utf16.DecodeRune(rune(units[keep-1]), rune(units[keep])) != '\uFFFD' {
		return string(utf16.Decode(cut[:keep-1])) + "?" + dots
	}
	return string(utf16.Decode(cut)) + dots
}

var metaCharacters = strings.NewReplacer(
	"\n", `\n`, "\r", `\r`, "\t", `\t`, "\f", `\f`, "\b", `\b`, "\v", `\v`, "\a", `\a`,
)

// escape writes control characters as Spark does (SchemaUtils.escapeMetaCharacters).
func escape(cell string) string { return metaCharacters.Replace(cell) }
