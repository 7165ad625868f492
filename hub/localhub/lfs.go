package localhub

import (
	"path"
	"strings"
)

// DefaultLargeFile is the size in bytes from which a file counts as large.
const DefaultLargeFile = 1 << 20

// largeExtensions are those that the .gitattributes of a new dataset repository on the Hub puts in LFS.
var largeExtensions = func() map[string]bool {
	set := map[string]bool{}
	for _, extension := range strings.Fields(`7z arrow avro bin bz2 ckpt ftz gz h5 joblib lz4 mds mlmodel model msgpack npy npz onnx ot
		parquet pb pickle pkl pt pth rar safetensors tar tflite tgz wasm xz zip zst tfevents db ark
		pcm sam raw aac flac mp3 ogg wav bmp gif png tiff jpg jpeg webp mp4 webm`) {
		set["."+extension] = true
	}
	return set
}()

// isLarge tells whether a file is kept in LFS and sent by a redirect. Empty files never are.
func isLarge(name string, size, threshold int64) bool {
	return size > 0 && (size >= threshold || largeExtensions[strings.ToLower(path.Ext(name))])
}
