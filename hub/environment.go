package hub

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// DefaultEndpoint is the public Hub.
const DefaultEndpoint = "https://huggingface.co"

// stagingEndpoint is what HUGGINGFACE_CO_STAGING selects.
const stagingEndpoint = "https://hub-ci.huggingface.co"

// defaultTimeout is huggingface_hub's DEFAULT_DOWNLOAD_TIMEOUT.
const defaultTimeout = 10 * time.Second

// environment reads settings the way huggingface_hub's constants.py and utils/_auth.py do.
type environment struct {
	lookup func(string) (string, bool)
	home   func() (string, error)
}

func processEnvironment() environment {
	return environment{lookup: os.LookupEnv, home: os.UserHomeDir}
}

func (e environment) get(name string) string {
	value, _ := e.lookup(name)
	return value
}

// flag reads a boolean: true is one of 1, ON, YES, TRUE in any case.
func (e environment) flag(names ...string) bool {
	for _, name := range names {
		switch strings.ToUpper(e.get(name)) {
		case "1", "ON", "YES", "TRUE":
			return true
		}
	}
	return false
}

func (e environment) offline() bool { return e.flag("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE") }

// endpoint returns the base URL without a trailing slash, and where it comes from.
func (e environment) endpoint() (endpoint, origin string) {
	if e.flag("HUGGINGFACE_CO_STAGING") {
		return stagingEndpoint, "HUGGINGFACE_CO_STAGING"
	}
	if value := e.get("HF_ENDPOINT"); value != "" {
		return value, "HF_ENDPOINT"
	}
	return DefaultEndpoint, "the default"
}

// timeout is the longest a download may be silent.
func (e environment) timeout() (time.Duration, error) {
	value := e.get("HF_HUB_DOWNLOAD_TIMEOUT")
	if value == "" {
		return defaultTimeout, nil
	}
	seconds, err := strconv.Atoi(value)
	if err != nil || seconds < 0 || seconds > 24*3600 {
		return 0, fmt.Errorf("HF_HUB_DOWNLOAD_TIMEOUT is %q: expected a number of seconds", value)
	}
	if seconds == 0 {
		return defaultTimeout, nil
	}
	return time.Duration(seconds) * time.Second, nil
}

// token returns the token of the environment, and the variable it is in. Both are empty when there is none. As for huggingface_hub,
// the second variable counts when the first is empty, not when it is blank.
func (e environment) token() (token, name string) {
	for _, name := range []string{"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"} {
		value := e.get(name)
		if value == "" {
			continue
		}
		if token := cleanToken(value); token != "" {
			return token, name
		}
		break
	}
	return "", ""
}

// oauthClient is the id of the OAuth application whose tokens are renewed.
func (e environment) oauthClient() string {
	if id := e.get("HF_DEVICE_CODE_OAUTH_CLIENT_ID"); id != "" {
		return id
	}
	return oauthClient
}

// cleanToken drops line breaks and surrounding blanks, as huggingface_hub does.
func cleanToken(s string) string {
	return strings.TrimSpace(strings.NewReplacer("\r", "", "\n", "").Replace(s))
}

// tokenPath is the file that `hf auth login` writes the active token to.
func (e environment) tokenPath() (string, error) {
	if path := e.get("HF_TOKEN_PATH"); path != "" {
		return e.expand(path)
	}
	if home := e.get("HF_HOME"); home != "" {
		home, err := e.expand(home)
		return filepath.Join(home, "token"), err
	}
	cache := e.get("XDG_CACHE_HOME")
	if cache == "" {
		cache = "~/.cache"
	}
	cache, err := e.expand(cache)
	return filepath.Join(cache, "huggingface", "token"), err
}

// expand replaces a leading ~ and $VARIABLES; variables that are not set stay as written.
func (e environment) expand(path string) (string, error) {
	if path == "~" || strings.HasPrefix(path, "~/") {
		home, err := e.home()
		if err != nil {
			return "", fmt.Errorf("expand %q: %w", path, err)
		}
		path = home + path[1:]
	}
	return os.Expand(path, func(name string) string {
		if value, set := e.lookup(name); set {
			return value
		}
		return "$" + name
	}), nil
}

// parseEndpoint checks a base URL. origin tells the user where the value comes from.
func parseEndpoint(value, origin string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(value), "/"))
	switch {
	case err != nil:
		// The text of err repeats the value, which may hold a password.
		return nil, fmt.Errorf("the Hub's endpoint (from %s) is not a URL; expected something like %s", origin, DefaultEndpoint)
	case u.User != nil:
		return nil, fmt.Errorf("the Hub's endpoint (from %s) must not hold a user name or password; give a token in HF_TOKEN", origin)
	case (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("the Hub's endpoint %q (from %s) is not a base URL; expected something like %s", value, origin, DefaultEndpoint)
	}
	return u, nil
}
