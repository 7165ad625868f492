package source

import (
	"strings"
	"testing"
)

// TestAgentTraces checks that logs of agents have the columns that the library announces, and are JSON when that is asked for.
func TestAgentTraces(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text   string
		traces bool
	}{
		"message": {`{"type":"user","message":{"role":"user","content":"x"}}` + "\n" + `{"type":"assistant","message":{"role":"assistant"}}`, true},
		"payload": {`{"type":"session_meta","payload":{"id":"1"}}` + "\n" + `{"type":"event_msg","payload":{"message":"x"}}`, true},
		"hermes":  {`{"id":"1","source":"cli","model":"m","system_prompt":"p","messages":[{"role":"user"}]}`, true},
		"droid":   {`{"type":"session_start","id":"1","version":2,"cwd":"/x"}`, true},
		"alike":   {`{"type":"user","message":{"role":"user"}}`, false},
		"text":    {`{"type":"user","message":"x"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := memFiles{"a.jsonl": []byte(test.text + "\n")}
			schema, rows, err := m.table(m.subset("json", nil, "a.jsonl"), Request{})
			if test.traces {
				if err == nil || !strings.Contains(err.Error(), "parse_agent_traces=false") {
					t.Errorf("rows %v, error %v", rows, err)
				}
			} else if err != nil || schema.NumFields() != 2 {
				t.Errorf("%v, %v", schema, err)
			}
			_, rows, err = m.table(m.subset("json", map[string]any{"parse_agent_traces": false}, "a.jsonl"), Request{})
			if err != nil || len(rows) != strings.Count(test.text, "\n")+1 {
				t.Errorf("as JSON: %v, %v", rows, err)
			}
		})
	}
	if names := strings.Join(fieldNames(agentTraces()), " "); !strings.HasPrefix(names, "harness session_id prompt messages") {
		t.Error(names)
	}
}
