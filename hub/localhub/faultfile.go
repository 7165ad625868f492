package localhub

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"go.yaml.in/yaml/v3"
)

// faultFile is the form of a file of faults. The names are those of [Fault], as YAML has names.
type faultFile struct {
	Seed   uint64 `yaml:"seed"`
	Faults []struct {
		Kind        Kind              `yaml:"kind"`
		Method      string            `yaml:"method"`
		Repo        string            `yaml:"repo"`
		Path        string            `yaml:"path"`
		Skip        int               `yaml:"skip"`
		Count       int               `yaml:"count"`
		Probability float64           `yaml:"probability"`
		Delay       time.Duration     `yaml:"delay"`
		Status      int               `yaml:"status"`
		Header      map[string]string `yaml:"header"`
		Cut         bool              `yaml:"cut"`
		CutAfter    int64             `yaml:"cut_after"`
		Lose        bool              `yaml:"lose"`
		IgnoreRange bool              `yaml:"ignore_range"`
		WrongRange  bool              `yaml:"wrong_range"`
	} `yaml:"faults"`
}

// LoadFaults reads faults and their seed from a YAML file.
func LoadFaults(path string) ([]Fault, uint64, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, 0, fmt.Errorf("read the faults: %w", err)
	}
	faults, seed, err := parseFaults(content)
	if err != nil {
		return nil, 0, fmt.Errorf("read the faults in %s: %w", path, err)
	}
	return faults, seed, nil
}

func parseFaults(content []byte) ([]Fault, uint64, error) {
	var parsed faultFile
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(&parsed); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	out := make([]Fault, 0, len(parsed.Faults))
	for i, f := range parsed.Faults {
		one := Fault{
			Kind: f.Kind, Method: f.Method, Repo: f.Repo, Path: f.Path, Skip: f.Skip, Count: f.Count, Probability: f.Probability, Delay: f.Delay,
			Status: f.Status, Cut: f.Cut, CutAfter: f.CutAfter, Lose: f.Lose, IgnoreRange: f.IgnoreRange, WrongRange: f.WrongRange,
		}
		for name, value := range f.Header {
			if one.Header == nil {
				one.Header = http.Header{}
			}
			one.Header.Set(name, value)
		}
		if err := one.validate(); err != nil {
			return nil, 0, fmt.Errorf("number %d: %w", i+1, err)
		}
		out = append(out, one)
	}
	return out, parsed.Seed, nil
}
