package hub

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hfspark/hfspark/hub/cache"
)

// TokenStore holds the tokens of this machine's user, in the files of huggingface_hub: each program finds what the other one saved.
// One token is active: it is what programs use that are not given one.
type TokenStore struct {
	active string // the file with the active token alone: HF_TOKEN_PATH, else $HF_HOME/token
	named  string // the file with all tokens by name: stored_tokens beside it
	env    environment
}

// OpenTokenStore finds the files. It does not read them.
func OpenTokenStore() (*TokenStore, error) { return openTokenStore(processEnvironment()) }

func openTokenStore(env environment) (*TokenStore, error) {
	active, err := env.tokenPath()
	if err != nil {
		return nil, err
	}
	return &TokenStore{active: active, named: filepath.Join(filepath.Dir(active), "stored_tokens"), env: env}, nil
}

// ActivePath is the file with the active token.
func (s *TokenStore) ActivePath() string { return s.active }

// StoredPath is the file with all tokens by name.
func (s *TokenStore) StoredPath() string { return s.named }

// Environment returns the name of the environment variable that overrides the store; "" when none does.
func (s *TokenStore) Environment() string {
	_, name := s.env.token()
	return name
}

// StoredToken is a token that was saved under a name.
type StoredToken struct {
	Name    string
	Masked  string    // the token's first three and last four characters
	Active  bool      // it is what is used now, from the store or from the environment
	Expires time.Time // zero for tokens that stay
}

// ErrNoToken says that there is no stored token of that name.
var ErrNoToken = errors.New("no such token")

// List returns the stored tokens by name.
func (s *TokenStore) List() ([]StoredToken, error) {
	sections, err := s.read()
	if err != nil {
		return nil, err
	}
	current, name := s.env.token()
	if name == "" {
		if current, err = s.readActive(); err != nil {
			return nil, err
		}
	}
	out := make([]StoredToken, len(sections))
	for i, section := range sections {
		token := cleanToken(section.get(fieldToken))
		out[i] = StoredToken{Name: section.name, Masked: mask(token), Active: token != "" && token == current}
		if seconds, err := strconv.ParseInt(section.get(fieldExpires), 10, 64); err == nil {
			out[i].Expires = time.Unix(seconds, 0)
		}
	}
	return out, nil
}

// mask shows as much of a token as tells it from others of the same user.
func mask(token string) string {
	switch {
	case token == "":
		return "<not set>"
	case len(token) < 12:
		return "****"
	}
	return token[:3] + "****" + token[len(token)-4:]
}

// Activate makes the token of a name the active one. The error is [ErrNoToken] when there is none.
func (s *TokenStore) Activate(ctx context.Context, name string) error {
	return s.change(ctx, func() error {
		sections, err := s.read()
		if err != nil {
			return err
		}
		i := slices.IndexFunc(sections, func(s iniSection) bool { return s.name == name })
		if i < 0 {
			return fmt.Errorf("no token is called %q in %s: %w", name, s.named, ErrNoToken)
		}
		token := cleanToken(sections[i].get(fieldToken))
		if err := checkToken(token, s.named); err != nil || token == "" {
			return fmt.Errorf("the token %q in %s is not one; log in again", name, s.named)
		}
		return writeSecret(s.active, token)
	})
}

// Remove forgets the token of a name, also as the active one. The error is [ErrNoToken] when there is none. wasActive tells that
// nobody is logged in now.
func (s *TokenStore) Remove(ctx context.Context, name string) (wasActive bool, err error) {
	err = s.change(ctx, func() error {
		sections, err := s.read()
		if err != nil {
			return err
		}
		i := slices.IndexFunc(sections, func(s iniSection) bool { return s.name == name })
		if i < 0 {
			return fmt.Errorf("no token is called %q in %s: %w", name, s.named, ErrNoToken)
		}
		token := cleanToken(sections[i].get(fieldToken))
		if err := s.write(slices.Delete(sections, i, i+1)); err != nil {
			return err
		}
		current, err := s.readActive()
		if err != nil || current != token || token == "" {
			return err
		}
		wasActive = true
		return removeFile(s.active)
	})
	return wasActive, err
}

// Clear forgets all tokens. It returns whether there were any.
func (s *TokenStore) Clear(ctx context.Context) (had bool, err error) {
	for _, path := range []string{s.active, s.named} {
		if _, err := os.Lstat(path); err == nil {
			had = true
		}
	}
	if !had {
		return false, nil
	}
	return true, s.change(ctx, func() error { return errors.Join(removeFile(s.active), removeFile(s.named)) })
}

func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget a stored token: %w", err)
	}
	return nil
}

// save stores a token under a name, in place of one with the same name, and makes it the active one if activate.
func (s *TokenStore) save(ctx context.Context, added iniSection, activate bool) error {
	return s.change(ctx, func() error {
		sections, err := s.read()
		if err != nil {
			return err
		}
		sections = slices.DeleteFunc(sections, func(s iniSection) bool { return s.name == added.name })
		if err := s.write(append(sections, added)); err != nil || !activate {
			return err
		}
		return writeSecret(s.active, added.get(fieldToken))
	})
}

// lockWait is how long another process may hold the files, as for huggingface_hub.
const lockWait = 30 * time.Second

// change runs do while no other process changes the files.
func (s *TokenStore) change(ctx context.Context, do func() error) error {
	if err := makeSecretDir(filepath.Dir(s.named)); err != nil {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	lock, err := cache.LockFile(bounded, s.named+".lock")
	if err != nil {
		return fmt.Errorf("lock the stored tokens: %w", err)
	}
	defer lock.Unlock()
	return do()
}

// readActive returns the active token of the file; "" when there is none.
func (s *TokenStore) readActive() (string, error) {
	content, err := os.ReadFile(s.active)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("read the stored Hugging Face token: %w; make the file readable, set HF_TOKEN, or set HF_TOKEN_PATH to another file", err)
	}
	return cleanToken(string(content)), nil
}

// read returns the named tokens.
func (s *TokenStore) read() ([]iniSection, error) {
	content, err := os.ReadFile(s.named)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read the stored Hugging Face tokens: %w", err)
	}
	sections, err := parseINI(string(content))
	if err != nil {
		return nil, fmt.Errorf("read the stored Hugging Face tokens in %s: %w; mend the file, or move it away and log in again", s.named, err)
	}
	return sections, nil
}

func (s *TokenStore) write(sections []iniSection) error {
	slices.SortFunc(sections, func(a, b iniSection) int { return strings.Compare(a.name, b.name) })
	return writeSecret(s.named, formatINI(sections))
}

const (
	secretFile = 0o600
	secretDir  = 0o700
)

// makeSecretDir makes a folder that its owner alone may enter. One that is shared on purpose, such as /tmp, stays as it is.
func makeSecretDir(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil { //nolint:gosec // Only the last folder holds secrets.
		return fmt.Errorf("make the folder of the stored tokens: %w", err)
	}
	if err := os.Mkdir(dir, secretDir); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make the folder of the stored tokens: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("make the folder of the stored tokens: %w", err)
	}
	if info.Mode()&os.ModeSticky == 0 && info.Mode().Perm() != secretDir {
		_ = os.Chmod(dir, secretDir) // Somebody else's folder stays as it is; the file is closed in any case.
	}
	return nil
}

// writeSecret replaces a file that its owner alone may read, whole or not at all.
func writeSecret(path, content string) (err error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".token-*") // It makes files with mode 0600.
	if err != nil {
		return fmt.Errorf("save a token: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("save a token: %w", errors.Join(err, os.Remove(file.Name())))
		}
	}()
	_, err = file.WriteString(content)
	err = errors.Join(err, file.Chmod(secretFile), file.Sync(), file.Close())
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
