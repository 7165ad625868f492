package plan

import "strings"

// functionName says how Spark prints the calls of a function, where that is not its name and the arguments as written.
type functionName struct {
	name     string   // in place of the name; empty: the name
	defaults []string // what is printed for arguments that were left out, by position
	shown    int      // how many arguments are printed at most; 0: all, negative: none
}

// functionNames are the functions whose print differs from name(arguments), as Spark 4 prints them.
var functionNames = map[string]functionName{
	"acos":                  {name: "ACOS"},
	"acosh":                 {name: "ACOSH"},
	"aes_decrypt":           {defaults: []string{"", "", "GCM", "DEFAULT", ""}},
	"aes_encrypt":           {defaults: []string{"", "", "GCM", "DEFAULT", "", ""}},
	"aggregate":             {defaults: []string{"", "", "", identityText}},
	"any_value":             {shown: 1},
	"approx_count_distinct": {shown: 1},
	"approx_percentile":     {defaults: []string{"", "", "10000"}},
	"approx_top_k":          {defaults: []string{"", "5", "10000"}},
	"array_agg":             {name: "collect_list"},
	"array_sort":            {defaults: []string{"", arraySortText}},
	"asin":                  {name: "ASIN"},
	"asinh":                 {name: "ASINH"},
	"atan":                  {name: "ATAN"},
	"atan2":                 {name: "ATAN2"},
	"atanh":                 {name: "ATANH"},
	"bround":                {defaults: []string{"", "0"}},
	"cbrt":                  {name: "CBRT"},
	"ceil":                  {name: "CEIL"},
	"cos":                   {name: "COS"},
	"cosh":                  {name: "COSH"},
	"cot":                   {name: "COT"},
	"csc":                   {name: "CSC"},
	"curdate":               {name: "current_date"},
	"current_database":      {name: "current_schema"},
	"current_time":          {defaults: []string{"6"}},
	"dateadd":               {name: "date_add"},
	"degrees":               {name: "DEGREES"},
	"dense_rank":            {name: "DENSE_RANK", shown: -1},
	"e":                     {name: "E"},
	"exp":                   {name: "EXP"},
	"expm1":                 {name: "EXPM1"},
	"first":                 {shown: 1},
	"first_value":           {shown: 1},
	"floor":                 {name: "FLOOR"},
	"from_csv":              {shown: 1},
	"from_json":             {shown: 1},
	"from_unixtime":         {defaults: []string{"", "yyyy-MM-dd HH:mm:ss"}},
	"from_xml":              {shown: 1},
	"hll_sketch_agg":        {defaults: []string{"", "12"}},
	"hll_union":             {defaults: []string{"", "", "false"}},
	"hmac":                  {defaults: []string{"", "", "SHA-256"}},
	"hypot":                 {name: "HYPOT"},
	"ilike":                 {shown: 2},
	"lag":                   {defaults: []string{"", "1", "NULL"}},
	"last":                  {shown: 1},
	"last_value":            {shown: 1},
	"lead":                  {defaults: []string{"", "1", "NULL"}},
	"listagg":               {defaults: []string{"", "NULL"}},
	"localtime":             {name: "current_time", defaults: []string{"6"}},
	"locate":                {defaults: []string{"", "", "1"}},
	"log":                   {name: "LOG"},
	"log10":                 {name: "LOG10"},
	"log1p":                 {name: "LOG1P"},
	"log2":                  {name: "LOG2"},
	"lpad":                  {defaults: []string{"", "", " "}},
	"make_dt_interval":      {defaults: []string{"0", "0", "0", "0.000000"}},
	"make_interval":         {defaults: []string{"0", "0", "0", "0", "0", "0", "0.000000"}},
	"make_ym_interval":      {defaults: []string{"0", "0"}},
	"mask":                  {defaults: []string{"", "X", "x", "n", "NULL"}},
	"months_between":        {defaults: []string{"", "", "true"}},
	"overlay":               {defaults: []string{"", "", "", "-1"}},
	"percent_rank":          {name: "PERCENT_RANK", shown: -1},
	"percentile":            {defaults: []string{"", "", "1"}},
	"percentile_approx":     {defaults: []string{"", "", "10000"}},
	"pi":                    {name: "PI"},
	"position":              {defaults: []string{"", "", "1"}},
	"power":                 {name: "POWER"},
	"radians":               {name: "RADIANS"},
	"random":                {name: "rand"},
	"rank":                  {name: "RANK", shown: -1},
	"reduce":                {defaults: []string{"", "", "", identityText}},
	"regexp":                {name: "REGEXP"},
	"regexp_extract":        {defaults: []string{"", "", "1"}},
	"regexp_extract_all":    {defaults: []string{"", "", "1"}},
	"regexp_instr":          {defaults: []string{"", "", "0"}},
	"regexp_like":           {name: "REGEXP_LIKE"},
	"regexp_replace":        {defaults: []string{"", "", "", "1"}},
	"replace":               {defaults: []string{"", "", ""}},
	"rlike":                 {name: "RLIKE"},
	"round":                 {defaults: []string{"", "0"}},
	"rpad":                  {defaults: []string{"", "", " "}},
	"schema_of_csv":         {shown: 1},
	"schema_of_json":        {shown: 1},
	"schema_of_xml":         {shown: 1},
	"sec":                   {name: "SEC"},
	"sentences":             {defaults: []string{"", "", ""}},
	"signum":                {name: "SIGNUM"},
	"sin":                   {name: "SIN"},
	"sinh":                  {name: "SINH"},
	"sort_array":            {defaults: []string{"", "true"}},
	"spark_partition_id":    {name: "SPARK_PARTITION_ID"},
	"split":                 {defaults: []string{"", "", "-1"}},
	"sqrt":                  {name: "SQRT"},
	"str_to_map":            {defaults: []string{"", ",", ":"}},
	"string_agg":            {defaults: []string{"", "NULL"}},
	"substr":                {defaults: []string{"", "", "2147483647"}},
	"substring":             {defaults: []string{"", "", "2147483647"}},
	"tan":                   {name: "TAN"},
	"tanh":                  {name: "TANH"},
	"to_csv":                {shown: 1},
	"to_json":               {shown: 1},
	"to_unix_timestamp":     {defaults: []string{"", "yyyy-MM-dd HH:mm:ss"}},
	"to_varchar":            {name: "to_char"},
	"to_xml":                {shown: 1},
	"unix_timestamp":        {defaults: []string{"current_timestamp()", "yyyy-MM-dd HH:mm:ss"}},
}

// identityText is Spark's print of the function that leaves its argument as it is.
const identityText = "lambdafunction(" + variableText + ", " + variableText + ")"

// arraySortText is Spark's print of the comparison that array_sort does by itself.
const arraySortText = "lambdafunction((IF(((" + variableText + " IS NULL) AND (" + variableText + " IS NULL)), 0, (IF((" + variableText +
	" IS NULL), 1, (IF((" + variableText + " IS NULL), -1, (IF((" + variableText + " < " + variableText + "), -1, (IF((" + variableText +
	" > " + variableText + "), 1, 0)))))))))), " + variableText + ", " + variableText + ")"

// functionText is the printed name of a call, and its printed arguments.
func functionText(name string, args []string) (string, []string) {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		name = name[i+1:] // system.builtin.abs and the like
	}
	switch {
	case name == "log" && len(args) == 1:
		return "LOG", []string{"E()", args[0]}
	case (name == "ceil" || name == "floor") && len(args) == 2:
		return name, args // not the function of one argument
	}
	f := functionNames[name]
	for i := len(args); i < len(f.defaults); i++ {
		args = append(args, f.defaults[i])
	}
	if f.shown < 0 {
		args = nil
	} else if f.shown > 0 && len(args) > f.shown {
		args = args[:f.shown]
	}
	if f.name != "" {
		name = f.name
	}
	return name, args
}
