package signin

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// ProcessTerminal is the terminal of this process. Questions are asked when both input and error output are one.
func ProcessTerminal(out io.Writer) Terminal {
	t := Terminal{In: os.Stdin, Out: out, Err: os.Stderr}
	if term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stderr.Fd())) { //nolint:gosec // Descriptors fit.
		t.Ask = ask
	}
	return t
}

// ask asks a question on the process's terminal. When ctx ends before the answer, the terminal is as it was; the read itself cannot
// be ended, and ends with the process.
func ask(ctx context.Context, question string, secret bool) (string, error) {
	descriptor := int(os.Stdin.Fd()) //nolint:gosec // It fits.
	before, err := term.GetState(descriptor)
	if err != nil {
		return "", fmt.Errorf("ask on the terminal: %w", err)
	}
	if secret {
		// Echo goes off before the question is seen: whoever answers at once, such as a program, shows nothing either.
		if _, err := term.MakeRaw(descriptor); err != nil {
			return "", fmt.Errorf("ask on the terminal: %w", err)
		}
		defer func() { _ = term.Restore(descriptor, before) }() // Nothing could be done about a failure.
	}
	fmt.Fprint(os.Stderr, question)
	type answer struct {
		text string
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		if secret {
			text, err := term.ReadPassword(descriptor)
			answered <- answer{string(text), err}
			return
		}
		text, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if err == io.EOF && text != "" {
			err = nil
		}
		answered <- answer{strings.TrimRight(text, "\r\n"), err}
	}()
	select {
	case <-ctx.Done():
		fmt.Fprint(os.Stderr, "\r\n")
		return "", context.Cause(ctx)
	case a := <-answered:
		if secret {
			fmt.Fprint(os.Stderr, "\r\n")
		}
		if a.err != nil {
			return "", fmt.Errorf("ask on the terminal: %w", a.err)
		}
		return a.text, nil
	}
}
