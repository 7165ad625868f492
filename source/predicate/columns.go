package predicate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Columns lists the columns that a condition reads, each once, in the order of their first mention.
func Columns(p Predicate) []string {
	var out []string
	Walk(p, func(leaf Predicate) {
		name := Column(leaf)
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	})
	return out
}

// Column is the column of a condition that is not And or Or.
func Column(leaf Predicate) string {
	switch p := leaf.(type) {
	case Compare:
		return p.Column
	case In:
		return p.Column
	case IsNull:
		return p.Column
	case HasPrefix:
		return p.Column
	}
	return ""
}

// Fields leads from the column of a condition that is not And or Or to the member that it is about; nil is the column itself.
func Fields(leaf Predicate) []string {
	switch p := leaf.(type) {
	case Compare:
		return p.Fields
	case In:
		return p.Fields
	case IsNull:
		return p.Fields
	case HasPrefix:
		return p.Fields
	}
	return nil
}

// name is the column or member of a condition, for people.
func name(leaf Predicate) string {
	return strings.Join(append([]string{Column(leaf)}, Fields(leaf)...), ".")
}

// maxListed is how many values of a list are told to people.
const maxListed = 12

// Walk visits the conditions that And and Or join, in order. A nil condition has none.
func Walk(p Predicate, visit func(leaf Predicate)) {
	switch p := p.(type) {
	case nil:
	case And:
		for _, member := range p {
			Walk(member, visit)
		}
	case Or:
		for _, member := range p {
			Walk(member, visit)
		}
	default:
		visit(p)
	}
}

// Map returns the condition with each leaf replaced by what change makes of it, or the first error of change.
func Map(p Predicate, change func(leaf Predicate) (Predicate, error)) (Predicate, error) {
	all := func(members []Predicate) ([]Predicate, error) {
		out := make([]Predicate, len(members))
		for i, member := range members {
			var err error
			if out[i], err = Map(member, change); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	switch p := p.(type) {
	case nil:
		return nil, nil
	case And:
		out, err := all(p)
		return And(out), err
	case Or:
		out, err := all(p)
		return Or(out), err
	}
	return change(p)
}

// String writes a condition for people, in the manner of SQL.
func String(p Predicate) string {
	join := func(members []Predicate, word string) string {
		if len(members) == 0 {
			return strconv.FormatBool(word == "AND")
		}
		parts := make([]string, len(members))
		for i, m := range members {
			parts[i] = String(m)
		}
		return "(" + strings.Join(parts, " "+word+" ") + ")"
	}
	switch p := p.(type) {
	case nil:
		return "true"
	case And:
		return join(p, "AND")
	case Or:
		return join(p, "OR")
	case Compare:
		return fmt.Sprintf("%s %s %s", name(p), p.Operator, valueText(p.Value))
	case In:
		var parts []string
		for i, v := range p.Values {
			if i == maxListed && len(p.Values) > maxListed+1 {
				parts = append(parts, fmt.Sprintf("... %d more", len(p.Values)-i))
				break
			}
			parts = append(parts, valueText(v))
		}
		word := "IN"
		if p.Negated {
			word = "NOT IN"
		}
		return fmt.Sprintf("%s %s (%s)", name(p), word, strings.Join(parts, ", "))
	case IsNull:
		if p.Negated {
			return name(p) + " IS NOT NULL"
		}
		return name(p) + " IS NULL"
	case HasPrefix:
		return fmt.Sprintf("%s starts with %q", name(p), p.Prefix)
	}
	return fmt.Sprintf("%v", p)
}
