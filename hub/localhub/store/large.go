package store

import (
	"path"
	"strings"
)

// DefaultLargeFile is the size in bytes from which a file counts as large.
const DefaultLargeFile = 1 << 20

// largeExtensions are those that the .gitattributes of a new dataset repository on the Hub puts in LFS.
var largeExtensions = strings.Fields(`7z arrow avro bin bz2 ckpt ftz gz h5 joblib lz4 mds mlmodel model msgpack npy npz onnx ot
	parquet pb pickle pkl pt pth rar safetensors tar tflite tgz wasm xz zip zst tfevents db ark
	pcm sam raw aac flac mp3 ogg wav bmp gif png tiff jpg jpeg webp mp4 webm`)

var largeExtension = func() map[string]bool {
	set := map[string]bool{}
	for _, extension := range largeExtensions {
		set["."+extension] = true
	}
	return set
}()

// IsLarge tells whether a file of that name and size belongs into LFS by the .gitattributes of new datasets on the Hub, or because it
// has at least threshold bytes. Empty files never do.
func IsLarge(name string, size, threshold int64) bool {
	return size > 0 && (size >= threshold || largeExtension[strings.ToLower(path.Ext(name))])
}

// GitAttributes is the file .gitattributes of a new repository: which files are in LFS.
func GitAttributes() []byte {
	var b strings.Builder
	for _, extension := range largeExtensions {
		b.WriteString("*." + extension + " filter=lfs diff=lfs merge=lfs -text\n")
	}
	return []byte(b.String())
}
