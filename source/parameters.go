package source

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// parameters reads parameters of a format one by one, and keeps the first error.
type parameters struct {
	format string
	values map[string]any
	err    error
}

func newParameters(format string, given map[string]any) *parameters {
	values := make(map[string]any, len(given))
	for name, v := range given {
		values[name] = wholeNumbers(v)
	}
	return &parameters{format: format, values: values}
}

// wholeNumbers makes integers of floats without a fraction: JSON, in which partitions travel, has one kind of number.
func wholeNumbers(v any) any {
	switch v := v.(type) {
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v)
		}
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = wholeNumbers(v[i])
		}
		return out
	}
	return v
}

func (p *parameters) fail(name, expected string) {
	if p.err == nil {
		p.err = badOption(name, "the value %#v of this parameter of %s files cannot be used: %s", p.values[name], p.format, expected)
	}
}

func (p *parameters) only(known []string) {
	for name := range p.values {
		if !slices.Contains(known, name) && p.err == nil {
			p.err = badOption(name, "%s files have no such parameter; %s", p.format, didYouMean(name, known))
		}
	}
}

func (p *parameters) must(name, expected string, allowed ...any) {
	if v, ok := p.values[name]; ok && !slices.ContainsFunc(allowed, func(a any) bool { return a == v }) {
		p.fail(name, expected)
	}
}

// character reads a parameter of one ASCII character.
func (p *parameters) character(name string, into *byte) {
	switch v := p.values[name].(type) {
	case nil:
	case string:
		if v == `\t` {
			v = "\t"
		}
		if len(v) != 1 || v[0] >= 0x80 {
			p.fail(name, "one ASCII character is expected")
			return
		}
		*into = v[0]
	case int64: // sep=1 is read as a number.
		if v < 0 || v > 9 {
			p.fail(name, "one ASCII character is expected")
			return
		}
		*into = byte('0' + v)
	default:
		p.fail(name, "one ASCII character is expected")
	}
}

func (p *parameters) flag(name string, into *bool) {
	switch v := p.values[name].(type) {
	case nil:
	case bool:
		*into = v
	default:
		p.fail(name, "true or false is expected")
	}
}

func (p *parameters) number(name string, into *int, least int) {
	switch v := p.values[name].(type) {
	case nil:
	case int64:
		if v < int64(least) || v > 1<<40 {
			p.fail(name, fmt.Sprintf("an integer of at least %d is expected", least))
			return
		}
		*into = int(v)
	default:
		p.fail(name, "an integer is expected")
	}
}

func (p *parameters) text(name string, into *string) {
	switch v := p.values[name].(type) {
	case nil:
	case string:
		*into = v
	default:
		p.fail(name, "text is expected")
	}
}

func (p *parameters) texts(name string, into *[]string) {
	items, ok := p.values[name].([]any)
	if !ok {
		if p.values[name] != nil {
			p.fail(name, "a list of texts is expected")
		}
		return
	}
	out := make([]string, len(items))
	for i, item := range items {
		if out[i], ok = item.(string); !ok {
			p.fail(name, "a list of texts is expected")
			return
		}
	}
	*into = out
}

// words reads one value or a list of values, each as the text that stands for it in a file.
func (p *parameters) words(name string, into *[]string) {
	items, ok := p.values[name].([]any)
	if !ok {
		if p.values[name] == nil {
			return
		}
		items = []any{p.values[name]}
	}
	for _, item := range items {
		switch item := item.(type) {
		case string:
			*into = append(*into, item)
		case int64:
			*into = append(*into, fmt.Sprint(item), fmt.Sprintf("%d.0", item))
		case float64:
			text := strings.TrimSuffix(fmt.Sprint(item), ".0")
			*into = append(*into, text)
			if item == float64(int64(item)) {
				*into = append(*into, text+".0")
			}
		default:
			p.fail(name, "a text or a list of texts is expected")
			return
		}
	}
}
