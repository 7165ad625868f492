package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// commands are all commands that there are.
func commands(root *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{root}
	for _, command := range root.Commands() {
		list = append(list, commands(command)...)
	}
	return list
}

// TestEveryCommandExplainsItself holds commands to what their help shows: a line, a text, an example, and a text for each flag. A long
// text begins with the name of the command, and an example with what is typed.
func TestEveryCommandExplainsItself(t *testing.T) {
	t.Parallel()
	for _, command := range commands(newRoot()) {
		path := command.CommandPath()
		if command.Short == "" || strings.HasSuffix(command.Short, ".") {
			t.Errorf("%s: the short text is %q", path, command.Short)
		}
		if !strings.HasPrefix(command.Long, command.Name()+" ") || !strings.HasSuffix(command.Long, ".") && !strings.Contains(command.Long, "\n\n") {
			t.Errorf("%s: the long text is %q", path, command.Long)
		}
		for line := range strings.Lines(command.Example) {
			if !strings.HasPrefix(line, "  ") || !strings.Contains(line, path) && !strings.Contains(line, "hfspark ") {
				t.Errorf("%s: an example is %q", path, line)
			}
		}
		if command.Example == "" || !strings.Contains(command.UsageString(), "Usage:") {
			t.Errorf("%s has no example or no usage", path)
		}
		for line := range strings.Lines(command.Long) {
			if len(strings.TrimRight(line, "\n")) > 132 {
				t.Errorf("%s: a line of the long text is too long: %q", path, line)
			}
		}
		command.LocalFlags().VisitAll(func(flag *pflag.Flag) {
			if flag.Usage == "" {
				t.Errorf("%s --%s has no text", path, flag.Name)
			}
			if strings.Contains(flag.Usage, "(default ") && !strings.Contains(flag.Usage, "(default: ") && flag.DefValue == "" {
				t.Errorf("%s --%s: write (default: …): %q", path, flag.Name, flag.Usage)
			}
		})
	}
}

// TestSharedFlagsMeanTheSame holds flags of one name to one meaning.
func TestSharedFlagsMeanTheSame(t *testing.T) {
	t.Parallel()
	texts := map[string]string{}
	for _, command := range commands(newRoot()) {
		for _, name := range []string{"json", "quiet", "endpoint", "include", "exclude", "private", "create-pr", "commit-message", "memory", "threads"} {
			flag := command.LocalNonPersistentFlags().Lookup(name)
			if flag == nil {
				continue
			}
			if known, ok := texts[name]; ok && known != flag.Usage {
				t.Errorf("%s --%s: %q, elsewhere %q", command.CommandPath(), name, flag.Usage, known)
			}
			texts[name] = flag.Usage
		}
	}
}

// TestCommandsAreGrouped checks the order of the help.
func TestCommandsAreGrouped(t *testing.T) {
	t.Parallel()
	usage, last := newRoot().UsageString(), -1
	for _, text := range []string{"Reading:", "  show ", "Writing:", "  upload ", "Hub:", "  download ", "Account:", "  login ", "Additional Commands:", "  version "} {
		at := strings.Index(usage, text)
		if at <= last {
			t.Errorf("%q is not where it should be in\n%s", text, usage)
		}
		last = at
	}
}
