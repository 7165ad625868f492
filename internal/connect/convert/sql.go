package convert

import (
	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/sqltext"
)

func (c *converter) sql(s *pb.SQL) (plan.Relation, error) {
	parameters, err := c.parameters(s)
	if err != nil {
		return nil, err
	}
	return sqltext.ParseQuery(s.GetQuery(), parameters)
}

// Statement parses the text of a SQL command with its parameters.
func Statement(s *pb.SQL, options Options) (sqltext.Statement, error) {
	if err := CheckKnown(s); err != nil {
		return nil, err
	}
	c := &converter{options: options}
	parameters, err := c.parameters(s)
	if err != nil {
		return nil, err
	}
	return sqltext.ParseStatement(s.GetQuery(), parameters)
}

// parameters takes the arguments as expressions, or from clients before 4.0 as literals.
func (c *converter) parameters(s *pb.SQL) (sqltext.Parameters, error) {
	kinds := 0
	for _, n := range []int{len(s.GetNamedArguments()), len(s.GetPosArguments()), len(s.GetArgs()), len(s.GetPosArgs())} {
		if n > 0 {
			kinds++
		}
	}
	if kinds > 1 {
		return sqltext.Parameters{}, invalid("a query has both named and positional arguments.")
	}
	var p sqltext.Parameters
	if len(s.GetNamedArguments())+len(s.GetArgs()) > 0 {
		p.Named = make(map[string]plan.Expression)
	}
	for name, e := range s.GetNamedArguments() {
		value, err := c.expression(e)
		if err != nil {
			return p, err
		}
		p.Named[name] = value
	}
	for name, l := range s.GetArgs() {
		value, err := Literal(l)
		if err != nil {
			return p, err
		}
		p.Named[name] = value
	}
	positional, err := c.expressions(s.GetPosArguments())
	if err != nil {
		return p, err
	}
	p.Positional = positional
	for _, l := range s.GetPosArgs() {
		value, err := Literal(l)
		if err != nil {
			return p, err
		}
		p.Positional = append(p.Positional, value)
	}
	return p, nil
}

// SQLOf returns the SQL relation that a command carries, from its input or from the deprecated fields of older clients,
// and the relation to run if the text is a query. It is nil where the command carries something else.
func SQLOf(command *pb.SqlCommand) (*pb.SQL, *pb.Relation) {
	if command.GetInput() == nil {
		s := &pb.SQL{
			Query: command.GetSql(), Args: command.GetArgs(), PosArgs: command.GetPosArgs(),
			NamedArguments: command.GetNamedArguments(), PosArguments: command.GetPosArguments(),
		}
		return s, &pb.Relation{RelType: &pb.Relation_Sql{Sql: s}}
	}
	input := command.GetInput()
	root := input
	for root.GetWithRelations() != nil {
		root = root.GetWithRelations().GetRoot()
	}
	return root.GetSql(), input
}

// Wrap gives the query inside a statement that is not a query the DataFrames which its text names, as in
// spark.sql("CREATE TEMPORARY VIEW v AS SELECT * FROM {df}", df=df). relation is what SQLOf returned with the text.
func Wrap(statement sqltext.Statement, relation *pb.Relation, options Options) (sqltext.Statement, error) {
	c := &converter{options: options}
	var named []plan.NamedRelation
	for relation.GetWithRelations() != nil {
		references, _, err := c.references(relation.GetWithRelations())
		if err != nil {
			return nil, err
		}
		named = append(named, references...)
		relation = relation.GetWithRelations().GetRoot()
	}
	wrap := func(query plan.Relation) plan.Relation {
		if query == nil || len(named) == 0 {
			return query
		}
		return plan.With{Input: query, Named: named}
	}
	switch s := statement.(type) {
	case sqltext.CreateView:
		s.Query = wrap(s.Query)
		return s, nil
	case sqltext.DescribeQuery:
		s.Query = wrap(s.Query)
		return s, nil
	case sqltext.Explain:
		s.Query = wrap(s.Query)
		return s, nil
	case sqltext.CacheTable:
		s.Query = wrap(s.Query)
		return s, nil
	}
	if len(named) > 0 {
		return nil, invalid("the statement takes no DataFrames.")
	}
	return statement, nil
}
