package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// These flags mean the same in every command that has them.

func addEndpoint(flags *pflag.FlagSet, endpoint *string) {
	flags.StringVar(endpoint, "endpoint", "", "address of the Hub (default: HF_ENDPOINT)")
}

// jsonFlag is the name of the flag that makes results JSON, and failures, too.
const jsonFlag = "json"

func addJSON(flags *pflag.FlagSet, asJSON *bool) {
	flags.BoolVar(asJSON, jsonFlag, false, `print JSON; a failure is {"error": {"code", "message"}} with exit code 1`)
}

func addQuiet(flags *pflag.FlagSet, quiet *bool) {
	flags.BoolVarP(quiet, "quiet", "q", false, "show no progress")
}

func addIncludeExclude(flags *pflag.FlagSet, include, exclude *[]string) {
	flags.StringArrayVar(include, "include", nil, "only files that match this pattern; * matches / too; may be given several times")
	flags.StringArrayVar(exclude, "exclude", nil, "no files that match this pattern; may be given several times")
}

// keyValues reads the values of --option, written key=value.
func keyValues(list []string) (map[string]string, error) {
	values := make(map[string]string, len(list))
	for _, option := range list {
		key, value, found := strings.Cut(option, "=")
		if !found || key == "" {
			return nil, usageError{fmt.Errorf("--option %q: write it as key=value", option)}
		}
		values[key] = value
	}
	return values, nil
}
