package demo

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// Script is the tour as a PySpark user writes it; its second line names the server.
//
//go:embed tour.py
var Script string

// Command is one step of the tour on the command line.
type Command struct {
	About string
	Args  []string
}

// Commands are the tour on the command line.
func Commands() []Command {
	return []Command{
		{"What a repository holds", []string{"info", "BAAI/Infinity-Instruct", "--config", "7M"}},
		{"The first rows of a dataset", []string{"show", "stanfordnlp/imdb", "--rows", "5"}},
		{"A subset of a gated one", []string{"show", "BAAI/Infinity-Instruct", "--config", "7M", "--rows", "5"}},
		{"Only the Chinese rows", []string{
			"show", "BAAI/Infinity-Instruct", "--config", "7M", "--rows", "5", "--filters", `[("langdetect", "=", "zh-cn")]`,
		}},
		{"SQL over a repository", []string{
			"sql", "SELECT source, count(*) AS total FROM hf('BAAI/Infinity-Instruct', config => '7M') GROUP BY source ORDER BY total DESC",
		}},
		{"Writing a selection to a repository of one's own, in one commit", []string{
			"write", "SELECT * FROM hf('BAAI/Infinity-Instruct', config => '7M') WHERE langdetect = 'zh-cn'",
			"username/Infinity-Instruct-Chinese-Only", "--mode", "overwrite",
		}},
		{"And what it holds then", []string{"info", "username/Infinity-Instruct-Chinese-Only"}},
	}
}

// Tour tells where and with what the tour runs.
type Tour struct {
	// Program is the hfspark binary.
	Program string
	// Python is an interpreter that has pyspark; when it is missing or has none, the second half is left out with a word on
	// how to have it.
	Python string
	// Endpoint is the address of the Hub, Remote that of the Spark Connect server ("sc://…").
	Endpoint, Remote string
	// Out is where the steps and their results are printed.
	Out io.Writer
}

// Run runs the tour: each command, then the script.
func (t Tour) Run(ctx context.Context) error {
	for i, command := range Commands() {
		t.heading(i+1, command.About)
		fmt.Fprintf(t.Out, "$ hfspark %s\n", shellWords(command.Args))
		if err := t.run(ctx, t.Program, command.Args, ""); err != nil {
			return fmt.Errorf("hfspark %s: %w", shellWords(command.Args), err)
		}
	}
	return t.runScript(ctx, len(Commands())+1)
}

func (t Tour) runScript(ctx context.Context, step int) error {
	t.heading(step, "The same with PySpark, no JVM")
	version, err := t.pysparkVersion(ctx)
	if err != nil {
		fmt.Fprintf(t.Out, "left out: %v\nInstall it with: pip install pyspark-client\n", err)
		return nil
	}
	script := strings.Replace(Script, "sc://localhost:15002", t.Remote, 1)
	fmt.Fprintf(t.Out, "(pyspark %s)\n%s\n", version, script)
	if err := t.run(ctx, t.Python, []string{"-"}, script); err != nil {
		return fmt.Errorf("the tour's PySpark script: %w", err)
	}
	return nil
}

func (t Tour) pysparkVersion(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, t.Python, "-c", "import pyspark; print(pyspark.__version__)").Output()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return "", fmt.Errorf("%s has no pyspark", t.Python)
	case err != nil:
		return "", fmt.Errorf("no Python to run it with: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

func (t Tour) run(ctx context.Context, program string, args []string, input string) error {
	command := exec.CommandContext(ctx, program, args...)
	command.Env = append(os.Environ(), "HF_ENDPOINT="+t.Endpoint, "HF_TOKEN="+Token)
	command.Stdin = strings.NewReader(input)
	command.Stdout, command.Stderr = t.Out, t.Out
	return command.Run()
}

func (t Tour) heading(step int, about string) {
	fmt.Fprintf(t.Out, "\n── %d. %s\n", step, about)
}

// shellWords writes arguments as one would type them.
func shellWords(args []string) string {
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = arg
		if strings.ContainsAny(arg, " '\"()[]>*") {
			words[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
			if !strings.ContainsAny(arg, "\"$`\\") {
				words[i] = `"` + arg + `"`
			}
		}
	}
	return strings.Join(words, " ")
}
