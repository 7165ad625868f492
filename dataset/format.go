package dataset

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"
)

// extensionGroup is a format and the extensions that stand for it.
type extensionGroup struct {
	format     string
	extensions string
	parameters map[string]any
	upper      bool // the extensions are also known in upper case
}

// extensionGroups is the table of the datasets library (packaged_modules/__init__.py); of an extension that is there twice the
// later entry counts.
var extensionGroups = []extensionGroup{
	{format: "csv", extensions: ".csv"},
	{format: "csv", extensions: ".tsv", parameters: map[string]any{"sep": "\t"}},
	{format: "json", extensions: ".json .jsonl .ndjson"},
	{format: "parquet", extensions: ".parquet .geoparquet .gpq"},
	{format: "arrow", extensions: ".arrow"},
	{format: "text", extensions: ".txt"},
	{format: "conll", extensions: ".conll"},
	{format: "conll", extensions: ".conllu", parameters: map[string]any{"comment_prefix": "#"}},
	{format: "webdataset", extensions: ".tar"},
	{format: "xml", extensions: ".xml"},
	{format: "hdf5", extensions: ".hdf5 .h5"},
	{format: "eval", extensions: ".eval"},
	{format: "harbor", extensions: ".toml .md"},
	{format: "lance", extensions: ".lance"},
	{format: "tsfile", extensions: ".tsfile"},
	{format: "vortex", extensions: ".vortex"},
	{format: "fasta", extensions: ".fa .fasta .fna .ffn .faa .frn .afa"},
	{format: "genbank", extensions: ".gb .gbk .genbank"},
	{format: "fastq", extensions: ".fq .fastq"},
	{format: "mmcif", extensions: ".cif .mmcif"},
	{format: "pdb", upper: true, extensions: ".pdb .ent"},
	{format: "imagefolder", upper: true, extensions: ".blp .bmp .dib .bufr .cur .pcx .dcx .dds .ps .eps .fit .fits .fli .flc .ftc " +
		".ftu .gbr .gif .grib .png .apng .jp2 .j2k .jpc .jpf .jpx .j2c .icns .ico .im .iim .tif .tiff .jfif .jpe .jpg .jpeg .msp " +
		".pcd .pxr .pbm .pgm .ppm .pnm .psd .bw .rgb .rgba .sgi .ras .tga .icb .vda .vst .webp .wmf .emf .xbm .xpm"},
	{format: "audiofolder", upper: true, extensions: ".aiff .au .avr .caf .flac .htk .svx .mat4 .mat5 .mpc2k .ogg .paf .pvf .raw " +
		".rf64 .sd2 .sds .ircam .voc .w64 .wav .nist .wavex .wve .xi .mp3 .opus .3gp .3g2 .asf .flv .m4v .mpg .webm .f4v .wmv " +
		".wma .ogm .mxf .nut"},
	{format: "videofolder", upper: true, extensions: ".mkv .mp4 .avi .mpeg .mov"},
	{format: "meshfolder", upper: true, extensions: ".glb .gltf .ply .stl"},
	{format: "pdffolder", upper: true, extensions: ".pdf"},
	{format: "niftifolder", upper: true, extensions: ".nii"},
}

// voted is a format with the parameters that an extension implies.
type voted struct {
	format     string
	parameters map[string]any
	name       string // for comparison and messages: the format and its parameters
}

// formatTable is extensionGroups, arranged for look-ups.
type formatTable struct {
	byExtension map[string]voted
	allowed     map[string]bool // what a data file's extension may be, case included
	byFormat    map[string]*regexp.Regexp
}

var formats = newFormatTable()

func newFormatTable() formatTable {
	t := formatTable{
		byExtension: map[string]voted{},
		allowed:     map[string]bool{".zip": true, ".idx": true, ".manifest": true, ".txn": true},
		byFormat:    map[string]*regexp.Regexp{},
	}
	names := map[string][]string{}
	for _, g := range extensionGroups {
		v := voted{format: g.format, parameters: g.parameters, name: g.format}
		if sep, ok := g.parameters["sep"]; ok && sep == "\t" {
			v.name = "csv separated by tabs"
		} else if len(g.parameters) > 0 {
			v.name = g.format + " with comments"
		}
		for _, ext := range strings.Fields(g.extensions) {
			t.byExtension[ext], t.allowed[ext] = v, true
			names[g.format] = append(names[g.format], regexp.QuoteMeta(ext))
			if g.upper {
				upper := strings.ToUpper(ext)
				t.byExtension[upper], t.allowed[upper] = v, true
				names[g.format] = append(names[g.format], regexp.QuoteMeta(upper))
			}
		}
	}
	names["lance"] = append(names["lance"], `\.idx`, `\.txn`, `\.manifest`)
	for format, exts := range names {
		t.byFormat[format] = regexp.MustCompile(`(?s)\A.*(?:` + strings.Join(append(exts, `\.zip`), "|") + `)(?:\..+)?\z`)
	}
	return t
}

// suffixes returns what follows each dot of a file's name, dot included.
func suffixes(file string) []string {
	parts := strings.Split(path.Base(file), ".")[1:]
	for i := range parts {
		parts[i] = "." + parts[i]
	}
	return parts
}

// formatSuffixes are the suffixes of a file that may tell a format. Those of Markdown and TOML tell one in the files of tasks alone: the
// library would take any README for such a task, and then fails for want of these files.
func formatSuffixes(file string) []string {
	all := suffixes(file)
	if slices.Contains(metadataOf["harbor"], path.Base(file)) {
		return all
	}
	return slices.DeleteFunc(all, func(s string) bool {
		lower := strings.ToLower(s)
		return lower == ".md" || lower == ".toml"
	})
}

// known tells whether a suffix of the file's name is an extension of some format. Case counts.
func (t formatTable) known(file string) bool {
	return slices.ContainsFunc(formatSuffixes(file), func(s string) bool { return t.allowed[s] })
}

// metadataOf are the names of files that describe the other files of a format; "" stands for folders of images, sounds and the like.
var metadataOf = map[string][]string{
	"":       {"metadata.csv", "metadata.jsonl", "metadata.parquet"},
	"lance":  {"latest_version_hint.json"},
	"harbor": {"task.toml", "instruction.md"},
}

// metadataNames are the names that describe files in any format.
var metadataNames = slices.Concat(metadataOf[""], metadataOf["lance"], metadataOf["harbor"])

// filter keeps the files of a format, and those that may describe them.
func (t formatTable) filter(format string, files []File) []File {
	names := metadataOf[format]
	if isFolder(format) {
		names = metadataOf[""]
	}
	var out []File
	for _, f := range files {
		if t.byFormat[format].MatchString(f.Path) || slices.ContainsFunc(names, func(name string) bool { return strings.HasSuffix(f.Path, name) }) {
			out = append(out, f)
		}
	}
	return out
}

// isFolder tells whether the rows of a format are files.
func isFolder(format string) bool {
	return strings.HasSuffix(format, "folder") || format == "pdb" || format == "mmcif"
}

// favourites win draws, the first of them first (datasets, load.py, infer_module_for_data_files_list).
var favourites = []string{".parquet", ".lance", ".vortex", ".arrow", ".jsonl", ".json", ".csv"}

// vote chooses the format that most suffixes of the files speak for. zips tells that archives won; then their contents decide.
func (t formatTable) vote(files []File) (winner voted, found, zips bool) {
	type candidate struct {
		suffix   string
		metadata bool
	}
	counts := map[candidate]int{}
	for _, f := range files {
		metadata := slices.Contains(metadataNames, path.Base(f.Path))
		for _, s := range formatSuffixes(f.Path) {
			counts[candidate{strings.ToLower(s), metadata}]++
		}
	}
	order := make([]candidate, 0, len(counts))
	for c := range counts {
		order = append(order, c)
	}
	rank := func(c candidate) int {
		if i := slices.Index(favourites, c.suffix); i >= 0 {
			return len(favourites) - i
		}
		return 0
	}
	slices.SortFunc(order, func(a, b candidate) int {
		if a.metadata != b.metadata {
			if a.metadata {
				return 1
			}
			return -1
		}
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(rank(b), rank(a)), cmp.Compare(b.suffix, a.suffix))
	})
	for _, c := range order {
		if v, ok := t.byExtension[c.suffix]; ok {
			return v, true, false
		}
		if c.suffix == ".zip" {
			return voted{}, false, true
		}
	}
	return voted{}, false, false
}
