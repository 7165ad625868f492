package typed

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/source/predicate"
)

// String prints a plan as a tree, one node a line, the way explain shows it: columns are written name#id.
func String(n Node) string { return Print(n, nil) }

// Print is String with more text behind scans; more may be nil.
func Print(n Node, more func(*Scan) string) string {
	p := &printer{more: more}
	p.node(n, "", "")
	return p.text.String()
}

type printer struct {
	text strings.Builder
	more func(*Scan) string
}

func (p *printer) node(n Node, first, rest string) {
	p.text.WriteString(first + describe(n))
	if scan, ok := n.(*Scan); ok && p.more != nil {
		p.text.WriteString(p.more(scan))
	}
	p.text.WriteString("\n")
	var below []Node
	for _, e := range Expressions(n) {
		WalkExpression(e, func(e Expression) {
			if plan := Subplan(e); plan != nil {
				below = append(below, plan)
			}
		})
	}
	subqueries := len(below)
	below = append(below, n.Inputs()...)
	for i, child := range below {
		label := ""
		if i < subqueries {
			label = "Subquery "
		}
		if i == len(below)-1 {
			p.node(child, rest+"+- "+label, rest+"   ")
		} else {
			p.node(child, rest+":- "+label, rest+":  ")
		}
	}
}

func describe(n Node) string {
	switch n := n.(type) {
	case *Scan:
		return describeScan(n)
	case *LocalData:
		return "LocalData " + columnList(n.Columns)
	case *Values:
		return fmt.Sprintf("Values %s, %d rows", columnList(n.Columns), len(n.Rows))
	case *Range:
		return fmt.Sprintf("Range (%d, %d, step=%d) %s", n.Start, n.End, n.Step, columnList([]Column{n.Column}))
	case *Project:
		return "Project " + itemList(n.Items)
	case *Filter:
		return "Filter " + Text(n.Condition)
	case *Join:
		text := "Join " + joinNames[n.Type]
		if n.Lateral {
			text = "Lateral" + text
		}
		if n.Condition != nil {
			text += ", " + Text(n.Condition)
		}
		return text
	case *SetOperation:
		text := setNames[n.Operator]
		if n.All {
			text += " all"
		}
		return text + " " + columnList(n.Columns)
	case *Sort:
		return "Sort [" + orderList(n.Order) + "]"
	case *Limit:
		text := "Limit"
		if n.Count >= 0 {
			text += " " + strconv.FormatInt(n.Count, 10)
		}
		if n.Offset > 0 {
			text += " offset " + strconv.FormatInt(n.Offset, 10)
		}
		return text
	case *Tail:
		return "Tail " + strconv.FormatInt(n.Count, 10)
	case *Aggregate:
		text := "Aggregate " + itemList(n.Grouping) + ", " + itemList(n.Items)
		if n.Sets != nil {
			text += fmt.Sprintf(", sets %v", n.Sets)
		}
		return text
	case *Distinct:
		return "Distinct"
	case *Deduplicate:
		return "Deduplicate " + columnList(n.Keys)
	case *Generate:
		text := "Generate " + Text(n.Generator)
		if n.Outer {
			text += ", outer"
		}
		return text + ", " + columnList(n.Columns)
	case *Sample:
		return fmt.Sprintf("Sample %v, %v, %t", n.Lower, n.Upper, n.WithReplacement)
	}
	return fmt.Sprintf("%T", n)
}

var joinNames = map[JoinType]string{
	InnerJoin: "Inner", CrossJoin: "Cross", LeftJoin: "LeftOuter", RightJoin: "RightOuter", FullJoin: "FullOuter",
	LeftSemiJoin: "LeftSemi", LeftAntiJoin: "LeftAnti",
}

var setNames = map[SetOperator]string{Union: "Union", Intersect: "Intersect", Except: "Except"}

func describeScan(n *Scan) string {
	text := "Scan huggingface"
	if n.Table != nil {
		text += " " + n.Table.Options.Path
		if r := n.Table.Resolution; r != nil && r.Config != "" {
			text += ", config " + r.Config
		}
		text += fmt.Sprintf(", split %s, %d files", n.Table.Split, len(n.Table.Partitions))
	}
	text += " " + scanColumns(n)
	if n.Table != nil && n.Table.Filters != nil {
		text += ", filters: " + predicate.String(n.Table.Filters)
	}
	if n.Prune != nil {
		text += ", prune: " + predicate.String(n.Prune)
	}
	if len(n.Later) > 0 {
		text += ", prune when it runs: " + strings.Join(n.Later, " AND ")
	}
	if n.Limit > 0 {
		text += fmt.Sprintf(", limit: %d", n.Limit)
	}
	switch {
	case n.Counts:
		text += ", counts, min and max alone"
	case n.Extremes:
		text += ", min and max alone"
	}
	return text
}

// scanColumns lists columns, those of which only some members are used with these.
func scanColumns(n *Scan) string {
	parts := make([]string, len(n.Columns))
	for i, c := range n.Columns {
		parts[i] = columnText(c)
		var members []string
		for _, m := range n.Members[c.ID] {
			members = append(members, strings.Join(m, "."))
		}
		if len(members) > 0 {
			parts[i] += "<" + strings.Join(members, ", ") + ">"
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func columnText(c Column) string { return c.Name + "#" + strconv.Itoa(int(c.ID)) }

func columnList(columns []Column) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = columnText(c)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func itemList(items []Item) string {
	parts := make([]string, len(items))
	for i, item := range items {
		if r, ok := item.Expression.(Reference); ok && r.Column.ID == item.Column.ID {
			parts[i] = columnText(item.Column)
		} else {
			parts[i] = Text(item.Expression) + " AS " + columnText(item.Column)
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}
