package source

import (
	"encoding/json"
	"unicode/utf8"
)

func isJSON(text []byte) bool { return json.Valid(text) }

const hexDigits = "0123456789abcdef"

// quoteJSON appends text as a JSON string; only what must be escaped is.
func quoteJSON(to []byte, text string) []byte {
	to = append(to, '"')
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '"' || c == '\\':
			to = append(to, '\\', c)
		case c == '\n':
			to = append(to, '\\', 'n')
		case c == '\r':
			to = append(to, '\\', 'r')
		case c == '\t':
			to = append(to, '\\', 't')
		case c < 0x20:
			to = append(to, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		case c < utf8.RuneSelf:
			to = append(to, c)
		default:
			_, size := utf8.DecodeRuneInString(text[i:])
			to = append(to, text[i:i+size]...)
			i += size
			continue
		}
		i++
	}
	return append(to, '"')
}
