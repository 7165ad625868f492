package typed

// Children returns the expressions directly inside e, in order. Plans of subqueries are not entered; the values to the left
// of IN are among the children.
func Children(e Expression) []Expression {
	var children []Expression
	Rebuild(e, func(child Expression) Expression {
		children = append(children, child)
		return child
	})
	return children
}

// Rebuild returns e with f applied to each expression directly inside it.
func Rebuild(e Expression, f func(Expression) Expression) Expression {
	switch e := e.(type) {
	case Call:
		return rebuildCall(e, f)
	case Cast:
		e.Child = f(e.Child)
		return e
	case Case:
		branches := make([]Branch, len(e.Branches))
		for i, b := range e.Branches {
			branches[i] = Branch{When: f(b.When), Then: f(b.Then)}
		}
		e.Branches = branches
		e.Else = optional(e.Else, f)
		return e
	case Field:
		e.Child = f(e.Child)
		return e
	case Window:
		e.Function = rebuildCall(e.Function, f)
		e.PartitionBy = all(e.PartitionBy, f)
		e.OrderBy = orders(e.OrderBy, f)
		if e.Frame != nil {
			frame := *e.Frame
			frame.Lower.Value = optional(frame.Lower.Value, f)
			frame.Upper.Value = optional(frame.Upper.Value, f)
			e.Frame = &frame
		}
		return e
	case Lambda:
		e.Body = f(e.Body)
		return e
	case InSubquery:
		e.Values = all(e.Values, f)
		return e
	}
	return e
}

func rebuildCall(c Call, f func(Expression) Expression) Call {
	c.Args = all(c.Args, f)
	c.Filter = optional(c.Filter, f)
	c.OrderWithin = orders(c.OrderWithin, f)
	return c
}

func optional(e Expression, f func(Expression) Expression) Expression {
	if e == nil {
		return nil
	}
	return f(e)
}

func all(list []Expression, f func(Expression) Expression) []Expression {
	if list == nil {
		return nil
	}
	rebuilt := make([]Expression, len(list))
	for i, e := range list {
		rebuilt[i] = f(e)
	}
	return rebuilt
}

func orders(list []Order, f func(Expression) Expression) []Order {
	if list == nil {
		return nil
	}
	rebuilt := make([]Order, len(list))
	for i, o := range list {
		o.Child = f(o.Child)
		rebuilt[i] = o
	}
	return rebuilt
}

// Transform rewrites e from the root downwards: where f returns true its result takes the expression's place and is not
// entered again.
func Transform(e Expression, f func(Expression) (Expression, bool)) Expression {
	if replaced, ok := f(e); ok {
		return replaced
	}
	return Rebuild(e, func(child Expression) Expression { return Transform(child, f) })
}

// Any reports whether f is true of e or of any expression inside it; subqueries' plans are not entered.
func Any(e Expression, f func(Expression) bool) bool {
	if f(e) {
		return true
	}
	for _, child := range Children(e) {
		if Any(child, f) {
			return true
		}
	}
	return false
}

// Subplan returns the plan of a subquery expression, or nil for other expressions.
func Subplan(e Expression) Node {
	switch e := e.(type) {
	case ScalarSubquery:
		return e.Plan
	case Exists:
		return e.Plan
	case InSubquery:
		return e.Plan
	}
	return nil
}

// WithSubplan returns a subquery expression with another plan; other expressions are returned as they are.
func WithSubplan(e Expression, plan Node) Expression {
	switch e := e.(type) {
	case ScalarSubquery:
		e.Plan = plan
		return e
	case Exists:
		e.Plan = plan
		return e
	case InSubquery:
		e.Plan = plan
		return e
	}
	return e
}
