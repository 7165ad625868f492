package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hfspark/hfspark/source/sample"
)

// webMedia are the extensions of files that are images, sounds, videos and meshes (datasets, packaged_modules/webdataset).
var webMedia = wordSet(
	"blp bmp dib bufr cur pcx dcx dds ps eps fit fits fli flc ftc ftu gbr gif grib h5 hdf png apng jp2 j2k jpc jpf jpx j2c icns ico im iim " +
		"tif tiff jfif jpe jpg jpeg mpg mpeg msp pcd pxr pbm pgm ppm pnm psd bw rgb rgba sgi ras tga icb vda vst webp wmf emf xbm xpm " +
		"aiff au avr caf flac htk svx mat4 mat5 mpc2k ogg paf pvf raw rf64 sd2 sds ircam voc w64 wav nist wavex wve xi mp3 opus " +
		"mkv mp4 avi mpeg mov glb ply stl")

func wordSet(words string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	return out
}

// isMediaField tells whether the files of a column are images, sounds and their like.
func isMediaField(name string) bool {
	return webMedia[strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])]
}

// webDecoder reads the content of a file.
type webDecoder func(content []byte) (sample.Value, error)

// decoderOfField finds the decoder of a column by its last extension, before one that says how it is packed; nil: the bytes are the
// value.
func decoderOfField(field string) webDecoder {
	extensions := strings.Split(strings.ToLower(field), ".")
	if len(extensions) > 1 && memberCompression(field) != plainFile {
		extensions = extensions[:len(extensions)-1]
	}
	return webDecoders[extensions[len(extensions)-1]]
}

var webDecoders = map[string]webDecoder{
	"txt": webText, "text": webText, "transcript": webText,
	"cls": webInt, "cls2": webInt, "index": webInt, "inx": webInt, "id": webInt,
	"json": webJSON, "jsn": webJSON,
	"ten": sample.TenBin, "tb": sample.TenBin,
	"mp": sample.MessagePack, "msg": sample.MessagePack,
	"npy": sample.NPY, "npz": func(content []byte) (sample.Value, error) { return sample.NPZ(content, maxMember) },
	"cbor": sample.CBOR,
	"pth": func([]byte) (sample.Value, error) {
		return nil, errors.New("tensors of PyTorch (.pth) are pickles, which can run any code when they are read; select the other columns, or write them as .npy")
	},
}

// isTorchField tells whether the files of a column are tensors of PyTorch: the column is announced as bytes, and reading it is an error.
func isTorchField(name string) bool {
	return strings.EqualFold(name[strings.LastIndexByte(name, '.')+1:], "pth")
}

func webText(content []byte) (sample.Value, error) {
	if !utf8.Valid(content) {
		return nil, errors.New("the text is not UTF-8")
	}
	return string(content), nil
}

// webInt reads an integer as Python's int does: white space around it and single underscores between digits are allowed.
func webInt(content []byte) (sample.Value, error) {
	text := strings.TrimSpace(string(content))
	digits := strings.TrimLeft(text, "+-")
	if digits == "" || strings.HasPrefix(digits, "_") || strings.HasSuffix(digits, "_") || strings.Contains(digits, "__") || len(text)-len(digits) > 1 {
		return nil, fmt.Errorf("%.60q is no integer", text)
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 10, 64)
	if err != nil {
		if errors.Is(err, strconv.ErrRange) {
			return nil, fmt.Errorf("the integer %.60s is beyond 64 bits", text)
		}
		return nil, fmt.Errorf("%.60q is no integer", text)
	}
	return n, nil
}

// webJSON reads one JSON value as Python's json does.
func webJSON(content []byte) (sample.Value, error) {
	if !utf8.Valid(content) {
		return nil, errors.New("the JSON text is not UTF-8")
	}
	p := &jsonText{data: bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))}
	v, err := jsonValue(p)
	if err == nil {
		err = atEnd(p)
	}
	if err != nil {
		return nil, fmt.Errorf("the JSON text at byte %d: %w", p.at, err)
	}
	return v, nil
}

func jsonValue(p *jsonText) (sample.Value, error) {
	switch c := p.peek(); {
	case c == '{':
		out := &sample.Struct{}
		err := p.object(func(key []byte) error {
			name := string(key)
			v, err := jsonValue(p)
			if err == nil {
				out.Set(name, v)
			}
			return err
		})
		return out, err
	case c == '[':
		out := []any{}
		err := p.array(func() error {
			v, err := jsonValue(p)
			out = append(out, v)
			return err
		})
		return out, err
	case c == '"':
		text, err := p.str()
		return string(text), err
	case p.null():
		return nil, nil
	case p.word("true"):
		return true, nil
	case p.word("false"):
		return false, nil
	}
	n, err := p.number()
	if err != nil {
		return nil, err
	}
	if !n.isInt {
		return n.float64()
	}
	if v, ok := n.int64(); ok {
		return v, nil
	}
	if v, err := strconv.ParseUint(string(n.text), 10, 64); err == nil {
		return v, nil
	}
	return nil, fmt.Errorf("the integer %.60s is beyond 64 bits", n.text)
}

// memberCompression tells by its name how a file in an archive is packed.
func memberCompression(name string) compression {
	switch strings.ToLower(name[strings.LastIndexByte(name, '.')+1:]) {
	case "gz":
		return gzipFile
	case "bz2":
		return bzip2File
	case "zst":
		return zstdFile
	case "lz4":
		return lz4File
	case "xz":
		return xzFile
	}
	return plainFile
}

// unpackMember unpacks a file of an archive that is packed by itself.
func unpackMember(name string, content []byte) (out []byte, err error) {
	kind := memberCompression(name)
	if kind == plainFile {
		return content, nil
	}
	unpack := &textFile{body: io.NopCloser(nil), cancel: func() {}}
	if err := unpack.unpackWith(kind, name, bytes.NewReader(content)); err != nil {
		return nil, fmt.Errorf("it cannot be unpacked: %w", err)
	}
	defer func() { err = errors.Join(err, unpack.Close()) }()
	out, err = io.ReadAll(io.LimitReader(unpack, maxMember+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("it cannot be unpacked: %w", err)
	case len(out) > maxMember, len(out) > bombFree && len(out)/bombRatio > len(content):
		return nil, errBomb
	}
	return out, nil
}
