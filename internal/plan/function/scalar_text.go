package function

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"math/big"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/hfspark/hfspark/internal/levenshtein"
)

// textScalars are the functions on text that DuckDB lacks or has otherwise.
var textScalars = []UDF{
	{Name: "initcap", Params: []string{"VARCHAR"}, Result: "VARCHAR", Eval: func(a []any) (any, error) { return initcap(a[0].(string)), nil }},
	{Name: "join_texts", Params: []string{"VARCHAR[]", "VARCHAR"}, Result: "VARCHAR", Eval: func(a []any) (any, error) {
		var there []string
		for _, member := range a[0].([]any) {
			if text, ok := member.(string); ok {
				there = append(there, text)
			}
		}
		return strings.Join(there, a[1].(string)), nil
	}},
	{Name: "substring_index", Params: []string{"VARCHAR", "VARCHAR", "INTEGER"}, Result: "VARCHAR", Eval: func(a []any) (any, error) {
		return substringIndex(a[0].(string), a[1].(string), int(a[2].(int32))), nil
	}},
	{Name: "substring_bytes", Params: []string{"BLOB", "INTEGER", "INTEGER"}, Result: "BLOB", Eval: func(a []any) (any, error) {
		return substringBytes(a[0].([]byte), int64(a[1].(int32)), int64(a[2].(int32))), nil
	}},
	{Name: "edit_distance", Params: []string{"VARCHAR", "VARCHAR"}, Result: "INTEGER", Eval: func(a []any) (any, error) {
		return int32(levenshtein.Distance(a[0].(string), a[1].(string))), nil
	}},
	{Name: "soundex", Params: []string{"VARCHAR"}, Result: "VARCHAR", Eval: func(a []any) (any, error) { return soundex(a[0].(string)), nil }},
	{Name: "mask", Params: []string{"VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR"}, Result: "VARCHAR", Nulls: true, Eval: func(a []any) (any, error) { return mask(a), nil }},
	{Name: "luhn_check", Params: []string{"VARCHAR"}, Result: "BOOLEAN", Eval: func(a []any) (any, error) { return luhn(a[0].(string)), nil }},
	{Name: "decode_base64", Params: []string{"VARCHAR"}, Result: "BLOB", Eval: func(a []any) (any, error) { return decodeBase64(a[0].(string)), nil }},
	{Name: "decode_hex", Params: []string{"VARCHAR"}, Result: "BLOB", Eval: func(a []any) (any, error) {
		digits := a[0].(string)
		if len(digits)%2 == 1 {
			digits = "0" + digits
		}
		decoded, err := hex.DecodeString(digits)
		return orNull(decoded, err == nil)
	}},
	{Name: "sha2", Params: []string{"BLOB", "INTEGER"}, Result: "VARCHAR", Eval: func(a []any) (any, error) { return orNull(sha2(a[0].([]byte), a[1].(int32))) }},
	{Name: "crc32", Params: []string{"BLOB"}, Result: "BIGINT", Eval: func(a []any) (any, error) { return int64(crc32.ChecksumIEEE(a[0].([]byte))), nil }},
	{Name: "encode_charset", Params: []string{"VARCHAR", "VARCHAR"}, Result: "BLOB", Eval: func(a []any) (any, error) {
		return orNull(encodeCharset(a[0].(string), a[1].(string)))
	}},
	{Name: "decode_charset", Params: []string{"BLOB", "VARCHAR"}, Result: "VARCHAR", Eval: func(a []any) (any, error) {
		return orNull(decodeCharset(a[0].([]byte), a[1].(string)))
	}},
	{Name: "form_encode", Params: []string{"VARCHAR"}, Result: "VARCHAR", Eval: func(a []any) (any, error) {
		return strings.NewReplacer("%2A", "*", "~", "%7E").Replace(url.QueryEscape(a[0].(string))), nil
	}},
	{Name: "form_decode", Params: []string{"VARCHAR"}, Result: "VARCHAR", Eval: func(a []any) (any, error) {
		decoded, err := url.QueryUnescape(a[0].(string))
		return orNull(decoded, err == nil)
	}},
	{Name: "convert_base", Params: []string{"VARCHAR", "INTEGER", "INTEGER"}, Result: "VARCHAR", Eval: func(a []any) (any, error) {
		return orNull(convertBase(a[0].(string), int(a[1].(int32)), int(a[2].(int32))))
	}},
	{Name: "url_part", Params: []string{"VARCHAR", "VARCHAR", "VARCHAR"}, Result: "VARCHAR", Eval: func(a []any) (any, error) {
		return orNull(urlPart(a[0].(string), a[1].(string), a[2].(string)))
	}},
	{Name: "format_java", Params: []string{"VARCHAR", "VARCHAR[]", "VARCHAR"}, Result: "VARCHAR", Eval: func(a []any) (any, error) {
		return formatJava(a[0].(string), a[1].([]any), a[2].(string))
	}},
	{Name: "format_decimal", Params: []string{"VARCHAR", "VARCHAR"}, Result: "VARCHAR", Eval: func(a []any) (any, error) {
		return formatDecimal(a[0].(string), a[1].(string)), nil
	}},
}

// initcap makes the first letter of each word, between spaces, upper case and the others lower case.
func initcap(s string) string {
	start := true
	return strings.Map(func(r rune) rune {
		first := start
		start = r == ' '
		if first {
			return unicode.ToTitle(unicode.ToLower(r))
		}
		return unicode.ToLower(r)
	}, s)
}

func substringIndex(s, delimiter string, count int) string {
	if count == 0 || delimiter == "" {
		return ""
	}
	parts := strings.Split(s, delimiter)
	switch {
	case count > 0 && count < len(parts):
		return strings.Join(parts[:count], delimiter)
	case count < 0 && -count < len(parts):
		return strings.Join(parts[len(parts)+count:], delimiter)
	}
	return s
}

// substringBytes is Spark's substring of binary values: from a position that counts from 1, or from the end.
func substringBytes(b []byte, position, length int64) []byte {
	start := int64(0)
	switch {
	case position > 0:
		start = position - 1
	case position < 0:
		start = int64(len(b)) + position
	}
	end := min(start+length, int64(len(b)))
	start = max(start, 0)
	if start >= end {
		return []byte{}
	}
	return b[start:end]
}

// soundexCodes are the digits of A to Z; 7 marks H and W, which do not separate equal digits.
const soundexCodes = "01230127022455012623017202"

func soundex(s string) string {
	if s == "" || !isLetter(s[0]) {
		return s
	}
	code := []byte{s[0] &^ 0x20}
	last := soundexCodes[code[0]-'A']
	for i := 1; i < len(s) && len(code) < 4; i++ {
		if !isLetter(s[i]) {
			last = '0'
			continue
		}
		digit := soundexCodes[s[i]&^0x20-'A']
		if digit == '7' {
			continue
		}
		if digit != '0' && digit != last {
			code = append(code, digit)
		}
		last = digit
	}
	return (string(code) + "000")[:4]
}

func isLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }

// mask replaces upper case letters, lower case letters, digits and other characters, each by a character or, for null, not.
func mask(a []any) any {
	text, ok := a[0].(string)
	if !ok {
		return nil
	}
	return strings.Map(func(r rune) rune {
		kind := 4
		switch {
		case unicode.IsUpper(r):
			kind = 1
		case unicode.IsLower(r):
			kind = 2
		case unicode.IsDigit(r):
			kind = 3
		}
		if by, ok := a[kind].(string); ok && by != "" {
			first, _ := utf8.DecodeRuneInString(by)
			return first
		}
		return r
	}, text)
}

func luhn(s string) bool {
	sum := 0
	for i := range len(s) {
		c := s[len(s)-1-i]
		if c < '0' || c > '9' {
			return false
		}
		digit := int(c - '0')
		if i%2 == 1 {
			if digit *= 2; digit > 9 {
				digit -= 9
			}
		}
		sum += digit
	}
	return s != "" && sum%10 == 0
}

// decodeBase64 passes over what is not of the alphabet, as Java's MIME decoder does.
func decodeBase64(s string) []byte {
	digits := strings.Map(func(r rune) rune {
		if r < 0x80 && (isLetter(byte(r)) || r >= '0' && r <= '9' || r == '+' || r == '/') {
			return r
		}
		return -1
	}, s)
	if len(digits)%4 == 1 {
		digits = digits[:len(digits)-1]
	}
	decoded, err := base64.RawStdEncoding.DecodeString(digits)
	if err != nil {
		return nil
	}
	return decoded
}

func sha2(data []byte, bits int32) (string, bool) {
	switch bits {
	case 0, 256:
		sum := sha256.Sum256(data)
		return hex.EncodeToString(sum[:]), true
	case 224:
		sum := sha256.Sum224(data)
		return hex.EncodeToString(sum[:]), true
	case 384:
		sum := sha512.Sum384(data)
		return hex.EncodeToString(sum[:]), true
	case 512:
		sum := sha512.Sum512(data)
		return hex.EncodeToString(sum[:]), true
	}
	return "", false
}

func encodeCharset(s, charset string) ([]byte, bool) {
	single := func(limit rune) []byte {
		var b []byte
		for _, r := range s {
			if r >= limit {
				r = '?'
			}
			b = append(b, byte(r))
		}
		return b
	}
	wide := func(order binary.AppendByteOrder, b []byte) []byte {
		for _, u := range utf16.Encode([]rune(s)) {
			b = order.AppendUint16(b, u)
		}
		return b
	}
	switch strings.ToLower(charset) {
	case "utf-8":
		return []byte(s), true
	case "us-ascii":
		return single(0x80), true
	case "iso-8859-1":
		return single(0x100), true
	case "utf-16be":
		return wide(binary.BigEndian, nil), true
	case "utf-16le":
		return wide(binary.LittleEndian, nil), true
	case "utf-16":
		return wide(binary.BigEndian, []byte{0xFE, 0xFF}), true
	case "utf-32":
		var b []byte
		for _, r := range s {
			b = binary.BigEndian.AppendUint32(b, uint32(r))
		}
		return b, true
	}
	return nil, false
}

func decodeCharset(b []byte, charset string) (string, bool) {
	wide := func(order binary.ByteOrder, b []byte) string {
		units := make([]uint16, 0, len(b)/2)
		for ; len(b) >= 2; b = b[2:] {
			units = append(units, order.Uint16(b))
		}
		return string(utf16.Decode(units))
	}
	switch strings.ToLower(charset) {
	case "utf-8":
		return validUTF8(b), true
	case "us-ascii", "iso-8859-1":
		runes := make([]rune, len(b))
		for i, c := range b {
			if runes[i] = rune(c); c >= 0x80 && strings.EqualFold(charset, "us-ascii") {
				runes[i] = utf8.RuneError
			}
		}
		return string(runes), true
	case "utf-16be":
		return wide(binary.BigEndian, b), true
	case "utf-16le":
		return wide(binary.LittleEndian, b), true
	case "utf-16":
		if len(b) >= 2 && b[0] == 0xFF && b[1] == 0xFE {
			return wide(binary.LittleEndian, b[2:]), true
		}
		if len(b) >= 2 && b[0] == 0xFE && b[1] == 0xFF {
			b = b[2:]
		}
		return wide(binary.BigEndian, b), true
	case "utf-32":
		var runes []rune
		for ; len(b) >= 4; b = b[4:] {
			runes = append(runes, rune(binary.BigEndian.Uint32(b)))
		}
		return string(runes), true
	}
	return "", false
}

// convertBase writes a number of one base in another, as unsigned 64 bits unless the new base is negative. Reading ends at
// the first character that is no digit. The result is "overflow" where it does not fit.
func convertBase(s string, from, to int) (string, bool) {
	if from < 2 || from > 36 || to > 36 || to < -36 || to > -2 && to < 2 {
		return "", false
	}
	s = strings.Trim(s, " ")
	if s == "" {
		return "", false
	}
	negative := s[0] == '-'
	digits := strings.ToLower(strings.TrimPrefix(s, "-"))
	end := strings.IndexFunc(digits, func(r rune) bool {
		digit, err := strconv.ParseInt(string(r), 36, 8)
		return err != nil || int(digit) >= from
	})
	if end >= 0 {
		digits = digits[:end]
	}
	value := new(big.Int)
	if digits != "" {
		if _, ok := value.SetString(digits, from); !ok {
			return "", false
		}
	}
	if value.BitLen() > 64 {
		return "overflow", true
	}
	bits := value.Uint64()
	if negative {
		if to > 0 && int64(bits) < 0 {
			return "overflow", true
		}
		bits = -bits
	}
	if to < 0 {
		return strings.ToUpper(strconv.FormatInt(int64(bits), -to)), true
	}
	return strings.ToUpper(strconv.FormatUint(bits, to)), true
}

// urlPart takes a part of a URL; a key, behind an equals sign, picks a value of the query.
func urlPart(text, part, key string) (string, bool) {
	u, err := url.Parse(text)
	if err != nil {
		return "", false
	}
	switch part {
	case "HOST":
		return u.Host, u.Host != ""
	case "PATH":
		return u.EscapedPath(), true
	case "QUERY":
		if key == "" {
			return u.RawQuery, u.RawQuery != ""
		}
		for _, pair := range strings.Split(u.RawQuery, "&") {
			if name, value, found := strings.Cut(pair, "="); found && name == key[1:] {
				return value, true
			}
		}
	case "REF":
		return u.Fragment, u.Fragment != ""
	case "PROTOCOL":
		return u.Scheme, u.Scheme != ""
	case "FILE":
		if u.RawQuery != "" {
			return u.EscapedPath() + "?" + u.RawQuery, true
		}
		return u.EscapedPath(), true
	case "AUTHORITY":
		if u.User != nil {
			return u.User.String() + "@" + u.Host, true
		}
		return u.Host, u.Host != ""
	case "USERINFO":
		return u.User.String(), u.User != nil
	}
	return "", false
}
