package source

import (
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
	objects int            // how many have been begun
	seen    []int          // the number of the last object that had the member
	order   []jsonMember   // the members that objects have, in the usual order
	places  map[string]int // of members in order
	unknown func(key []byte) error
}

func newMembers(fields []arrow.Field, builder func(i int) array.Builder) (*members, error) {
	m := &members{index: map[string]int{}, seen: make([]int, len(fields))}
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

// object decodes the object that is next; members that it does not have are null.
func (m *members) object(p *jsonText) error {
	m.objects++
	found := 0
	more, err := p.openObject()
	for expect := 0; more && err == nil; expect++ {
		var i int
		if i, expect, err = m.next(p, expect); err != nil {
			return err
		}
		if i >= 0 {
			found++
		}
		if err := m.member(p, i); err != nil {
			return err
		}
		if more, err = p.nextMember(); err != nil {
			return err
		}
	}
	if err != nil || found == len(m.build) {
		return err
	}
	for i, b := range m.build {
		if m.seen[i] != m.objects {
			b.AppendNull()
		}
	}
	return nil
}

// next reads the name of the member that is next, most likely the one at expect in the usual order, and tells which it is, and where in
// that order.
func (m *members) next(p *jsonText, expect int) (i, place int, err error) {
	var likely jsonMember
	if expect < len(m.order) {
		likely = m.order[expect]
	}
	isLikely, key, err := p.name(likely.text)
	if isLikely || err != nil {
		return likely.index, expect, err
	}
	i, known := m.index[string(key)]
	if !known {
		return 0, 0, m.unknown(key)
	}
	return i, m.places[string(key)], nil
}

// member reads the value of member i.
func (m *members) member(p *jsonText, i int) error {
	if i < 0 {
		return p.skip()
	}
	if m.seen[i] == m.objects {
		return fmt.Errorf("the member %q is there twice", m.names[i])
	}
	m.seen[i] = m.objects
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
