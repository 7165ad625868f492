package plan

import "strings"

// functionName says how Spark prints the calls of a function, where that is not its name and the arguments as written.
type functionName struct {
	name     string   // in place of the name; empty: the name
	defaults []string // what is printed for arguments that were left out, by position; empty strings are never left out
	shown    int      // how many arguments are printed at most; 0: all
}

// functionNames are the functions whose print differs from name(arguments), as Spark 4 prints them.
var functionNames = map[string]functionName{
	"approx_percentile":     {defaults: []string{"", "", "10000"}},
	"any_value":             {shown: 1},
	"array_agg":             {name: "collect_list"},
	"bround":                {defaults: []string{"", "0"}},
	"ceil":                  {name: "CEIL"},
	"current_database":      {name: "current_schema"},
	"acos":                  {name: "ACOS"},
	"acosh":                 {name: "ACOSH"},
	"asin":                  {name: "ASIN"},
	"asinh":                 {name: "ASINH"},
	"atan":                  {name: "ATAN"},
	"atan2":                 {name: "ATAN2"},
	"atanh":                 {name: "ATANH"},
	"cbrt":                  {name: "CBRT"},
	"cos":                   {name: "COS"},
	"cosh":                  {name: "COSH"},
	"cot":                   {name: "COT"},
	"csc":                   {name: "CSC"},
	"degrees":               {name: "DEGREES"},
	"dense_rank":            {name: "DENSE_RANK"},
	"e":                     {name: "E"},
	"exp":                   {name: "EXP"},
	"expm1":                 {name: "EXPM1"},
	"first":                 {shown: 1},
	"first_value":           {shown: 1},
	"floor":                 {name: "FLOOR"},
	"from_csv":              {shown: 1},
	"from_json":             {shown: 1},
	"from_unixtime":         {defaults: []string{"", "yyyy-MM-dd HH:mm:ss"}},
	"hypot":                 {name: "HYPOT"},
	"lag":                   {defaults: []string{"", "1", "NULL"}},
	"last":                  {shown: 1},
	"last_value":            {shown: 1},
	"lead":                  {defaults: []string{"", "1", "NULL"}},
	"locate":                {defaults: []string{"", "", "1"}},
	"log10":                 {name: "LOG10"},
	"log1p":                 {name: "LOG1P"},
	"log2":                  {name: "LOG2"},
	"lpad":                  {defaults: []string{"", "", " "}},
	"months_between":        {defaults: []string{"", "", "true"}},
	"overlay":               {defaults: []string{"", "", "", "-1"}},
	"percent_rank":          {name: "PERCENT_RANK"},
	"percentile":            {defaults: []string{"", "", "1"}},
	"percentile_approx":     {defaults: []string{"", "", "10000"}},
	"pi":                    {name: "PI"},
	"position":              {defaults: []string{"", "", "1"}},
	"power":                 {name: "POWER"},
	"radians":               {name: "RADIANS"},
	"rank":                  {name: "RANK"},
	"regexp":                {name: "REGEXP"},
	"regexp_extract":        {defaults: []string{"", "", "1"}},
	"regexp_extract_all":    {defaults: []string{"", "", "1"}},
	"regexp_like":           {name: "REGEXP_LIKE"},
	"regexp_replace":        {defaults: []string{"", "", "", "1"}},
	"replace":               {defaults: []string{"", "", ""}},
	"rlike":                 {name: "RLIKE"},
	"round":                 {defaults: []string{"", "0"}},
	"rpad":                  {defaults: []string{"", "", " "}},
	"sec":                   {name: "SEC"},
	"signum":                {name: "SIGNUM"},
	"sin":                   {name: "SIN"},
	"sinh":                  {name: "SINH"},
	"sort_array":            {defaults: []string{"", "true"}},
	"spark_partition_id":    {name: "SPARK_PARTITION_ID"},
	"split":                 {defaults: []string{"", "", "-1"}},
	"sqrt":                  {name: "SQRT"},
	"string_agg":            {defaults: []string{"", "NULL"}},
	"listagg":               {defaults: []string{"", "NULL"}},
	"substr":                {defaults: []string{"", "", "2147483647"}},
	"substring":             {defaults: []string{"", "", "2147483647"}},
	"tan":                   {name: "TAN"},
	"tanh":                  {name: "TANH"},
	"unix_timestamp":        {defaults: []string{"current_timestamp()", "yyyy-MM-dd HH:mm:ss"}},
	"to_unix_timestamp":     {defaults: []string{"", "yyyy-MM-dd HH:mm:ss"}},
	"aggregate":             {defaults: []string{"", "", "", identityText}},
	"reduce":                {defaults: []string{"", "", "", identityText}},
	"log":                   {name: "LOG"},
	"approx_top_k":          {defaults: []string{"", "5", "10000"}},
	"str_to_map":            {defaults: []string{"", ",", ":"}},
	"mask":                  {defaults: []string{"", "X", "x", "n", "NULL"}},
	"schema_of_json":        {shown: 1},
	"array_sort":            {defaults: []string{"", arraySortText}},
	"hll_sketch_agg":        {defaults: []string{"", "12"}},
	"approx_count_distinct": {shown: 1},
}

// identityText is Spark's print of the function that leaves its argument as it is.
const identityText = "lambdafunction(" + variableText + ", " + variableText + ")"

// arraySortText is Spark's print of the comparison that array_sort does by itself.
const arraySortText = "lambdafunction((IF(((" + variableText + " IS NULL) AND (" + variableText + " IS NULL)), 0, (IF((" + variableText +
	" IS NULL), 1, (IF((" + variableText + " IS NULL), -1, (IF((" + variableText + " < " + variableText + "), -1, (IF((" + variableText +
	" > " + variableText + "), 1, 0)))))))))), " + variableText + ", " + variableText + ")"

// functionText is the printed name of a call, and its printed arguments.
func functionText(name string, args []string) (string, []string) {
	if name == "log" && len(args) == 1 {
		return "LOG", []string{"E()", args[0]}
	}
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		name = name[i+1:] // system.builtin.abs and the like
	}
	f := functionNames[name]
	for i := len(args); i < len(f.defaults) && (f.defaults[i] != "" || i > 0); i++ {
		args = append(args, f.defaults[i])
	}
	if f.shown > 0 && len(args) > f.shown {
		args = args[:f.shown]
	}
	if f.name != "" {
		name = f.name
	}
	return name, args
}
