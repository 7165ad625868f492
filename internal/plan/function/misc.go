package function

import (
	"os/user"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// Version is what version() answers: the Spark whose behaviour is followed, and by whom.
const Version = "4.2.0 hfspark"

// miscellaneous is the functions of the session, of types and of errors.
var miscellaneous = []row{
	{names: "typeof", resolve: func(_ Context, name string, args []typed.Expression) (typed.Expression, error) {
		if len(args) != 1 {
			return nil, wrongCount(name, "1", len(args))
		}
		return textLiteral(args[0].Type().SimpleString()), nil
	}},
	{names: "version", resolve: constantOf(func() string { return Version })},
	{names: "current_user user session_user", resolve: constantOf(currentUser)},
	{names: "current_catalog", resolve: constantOf(func() string { return "spark_catalog" })},
	{names: "current_database current_schema", resolve: constantOf(func() string { return "default" })},
	{names: "monotonically_increasing_id", out: of(types.Long), null: never, sql: template("(row_number() OVER () - 1)")},
	{names: "spark_partition_id", out: of(types.Integer), null: never, sql: template("CAST(0 AS INTEGER)")},
	{names: "uuid", in: takes(long), optional: 1, out: of(types.String), null: never, sql: template("CAST(uuid() AS VARCHAR)")},
	{names: "raise_error", in: takes(text), out: of(types.Null), null: always, sql: raiseErrorSQL},
	{names: "assert_true", in: takes(boolean, text), optional: 1, out: of(types.Null), null: always, sql: assertSQL},
	constructor("boolean", types.Boolean), constructor("tinyint", types.Byte), constructor("smallint", types.Short),
	constructor("int", types.Integer), constructor("bigint", types.Long), constructor("float", types.Float),
	constructor("double", types.Double), constructor("decimal", types.DefaultDecimal), constructor("string", types.String),
	constructor("binary", types.Binary), constructor("date", types.Date), constructor("timestamp", types.Timestamp),
}

func constantOf(value func() string) func(Context, string, []typed.Expression) (typed.Expression, error) {
	return func(_ Context, name string, args []typed.Expression) (typed.Expression, error) {
		if len(args) != 0 {
			return nil, wrongCount(name, "0", len(args))
		}
		return textLiteral(value()), nil
	}
}

func currentUser() string {
	u, err := user.Current()
	if err != nil {
		return "unknown"
	}
	return u.Username
}

// constructor is a type's name used as a function: a cast.
func constructor(name string, to types.DataType) row {
	return row{names: name, resolve: func(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
		if len(args) != 1 {
			return nil, wrongCount(name, "1", len(args))
		}
		from := args[0].Type()
		if !types.CanCast(from, to, ctx.ANSI) {
			return nil, mismatch("CAST_WITHOUT_SUGGESTION", name, args, `cannot cast "`+from.SQL()+`" to "`+to.SQL()+`".`,
				"srcType", quotedType(args[0]), "targetType", `"`+to.SQL()+`"`)
		}
		if types.EqualIgnoringNulls(from, to) {
			return args[0], nil
		}
		return typed.Cast{Child: args[0], To: to, ANSI: ctx.ANSI}, nil
	}}
}

func userError() *sparkerror.Error {
	return sparkerror.New(sparkerror.SparkRuntimeException, "USER_RAISED_EXCEPTION", "P0001", "%s", placeholder).With("errorMessage", placeholder)
}

func raiseErrorSQL(call typed.Call, args []string) (string, error) {
	return raise(userError(), operands(call, args)[0], placeholder, "coalesce("+args[0]+", 'null')"), nil
}

func assertSQL(call typed.Call, args []string) (string, error) {
	message := quoteString("'" + Text(call.Args[0]) + "' is not true!")
	if len(args) == 2 {
		message = "coalesce(" + args[1] + ", 'null')"
	}
	return "(CASE WHEN NOT coalesce(" + args[0] + ", FALSE) THEN " + raise(userError(), operands(call, args)[0], placeholder, message) + " END)", nil
}
