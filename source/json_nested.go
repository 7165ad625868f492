package source

import (
	"bytes"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// members decodes objects into builders, one a member.
type members struct {
	names   []string
	index   map[string]int // -1 is a member that is known and not wanted
	build   []array.Builder
	decode  []jsonDecoder
	counts  []int          // rows each builder had before, to notice members that are missing or there twice
	order   []jsonMember   // the members that objects have, in the usual order
	places  map[string]int // of members in order
	unknown func(key []byte) error
}

func newMembers(fields []arrow.Field, builder func(i int) array.Builder) (*members, error) {
	m := &members{index: map[string]int{}, counts: make([]int, len(fields))}
	for i, f := range fields {
		decode, err := newJSONDecoder(f, builder(i))
		if err != nil {
			return nil, err
		}
		m.names, m.build, m.decode = append(m.names, f.Name), append(m.build, builder(i)), append(m.decode, decode)
		m.index[f.Name] = i
	}
	m.inOrder(fields)
	return m, nil
}

// object decodes the object that is next; members that it does not have are null.
func (m *members) object(p *jsonText) error {
	for i, b := range m.build {
		m.counts[i] = b.Len()
	}
	if err := m.read(p); err != nil {
		return err
	}
	for i, b := range m.build {
		if b.Len() == m.counts[i] {
			b.AppendNull()
		}
	}
	return nil
}

// jsonMember is a member that objects are expected to have.
type jsonMember struct {
	text  []byte // its name in quotes
	index int    // -1 is not wanted
}

// inOrder says in which order members usually come.
func (m *members) inOrder(fields []arrow.Field) {
	m.order, m.places = make([]jsonMember, len(fields)), make(map[string]int, len(fields))
	for i, f := range fields {
		index, wanted := m.index[f.Name]
		if !wanted {
			index = -1
		}
		m.order[i] = jsonMember{quoteJSON(nil, f.Name), index}
		m.places[f.Name] = i
	}
}

// read reads the members of the object that is next.
func (m *members) read(p *jsonText) error {
	if !p.take('{') {
		return p.expected("an object")
	}
	if p.depth++; p.depth > maxJSONDepth {
		return errJSONDepth
	}
	defer func() { p.depth-- }()
	if p.take('}') {
		return nil
	}
	for expect := 0; ; expect++ {
		if p.peek() != '"' {
			return p.expected("the name of a member in quotes")
		}
		i := -1
		if expect < len(m.order) && bytes.HasPrefix(p.data[p.at:], m.order[expect].text) {
			p.at += len(m.order[expect].text)
			i = m.order[expect].index
		} else {
			key, err := p.str()
			if err != nil {
				return err
			}
			var known bool
			if i, known = m.index[string(key)]; !known {
				if !p.take(':') {
					return p.expected(`":"`)
				}
				return m.unknown(key)
			}
			expect = m.places[string(key)]
		}
		if !p.take(':') {
			return p.expected(`":"`)
		}
		if err := m.member(p, i); err != nil {
			return err
		}
		if p.take(',') {
			continue
		}
		if p.take('}') {
			return nil
		}
		return p.expected(`"," or "}"`)
	}
}

// member reads the value of member i.
func (m *members) member(p *jsonText, i int) error {
	if i < 0 {
		return p.skip()
	}
	if m.build[i].Len() != m.counts[i] {
		return fmt.Errorf("the member %q is there twice", m.names[i])
	}
	if err := decodeOrNull(p, m.build[i], m.decode[i]); err != nil {
		return &jsonPathError{"." + m.names[i], err}
	}
	return nil
}

// jsonPathError tells in which member or element an error is.
type jsonPathError struct {
	step string
	err  error
}

func (e *jsonPathError) Error() string {
	path := e.step
	err := e.err
	for {
		inner, ok := err.(*jsonPathError) //nolint:errorlint // Only direct nesting is a path.
		if !ok {
			break
		}
		path, err = path+inner.step, inner.err
	}
	if path[0] == '.' {
		path = path[1:]
	}
	return fmt.Sprintf("column %s: %v", path, err)
}

func (e *jsonPathError) Unwrap() error { return e.err }

func structDecoder(field arrow.Field, b *array.StructBuilder) (jsonDecoder, error) {
	t := field.Type.(*arrow.StructType)
	m, err := newMembers(t.Fields(), b.FieldBuilder)
	if err != nil {
		return nil, err
	}
	media := isMedia(t)
	m.unknown = func(key []byte) error {
		return fmt.Errorf("the member %q is not among those of its type, %s", key, t)
	}
	return func(p *jsonText) error {
		switch c := p.peek(); {
		case media && c == '"': // An image, sound or the like that is told by its path.
			text, err := p.str()
			if err == nil {
				b.Append(true)
				b.FieldBuilder(0).AppendNull()
				b.FieldBuilder(1).(*array.StringBuilder).BinaryBuilder.Append(text)
			}
			return err
		case c != '{':
			return mismatch(p, "an object")
		}
		b.Append(true)
		return m.object(p)
	}, nil
}

func listDecoder(field arrow.Field, b array.ListLikeBuilder) (jsonDecoder, error) {
	t, ok := field.Type.(arrow.ListLikeType)
	if !ok {
		return nil, fmt.Errorf("the column %q is announced as %s, which JSON values cannot be converted to", field.Name, field.Type)
	}
	values := b.ValueBuilder()
	element, err := newJSONDecoder(t.ElemField(), values)
	if err != nil {
		return nil, err
	}
	length := -1
	if fixed, ok := t.(*arrow.FixedSizeListType); ok {
		length = int(fixed.Len())
	}
	return func(p *jsonText) error {
		if p.peek() != '[' {
			return mismatch(p, "an array")
		}
		b.Append(true)
		n := 0
		err := p.array(func() error {
			n++
			if err := decodeOrNull(p, values, element); err != nil {
				return &jsonPathError{fmt.Sprintf("[%d]", n-1), err}
			}
			return nil
		})
		if err == nil && length >= 0 && n != length {
			err = fmt.Errorf("expected an array of %d elements, found one of %d", length, n)
		}
		return err
	}, nil
}
