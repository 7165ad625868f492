package source

import "strings"

// folderKind is what one folder format differs in from the others.
type folderKind struct {
	format     string
	column     string // of the files
	class      string // of its feature
	extensions map[string]bool
}

func newFolderKind(format, column, class, extensions string) folderFormat {
	return folderFormat{folderKind{format, column, class, wordSet(extensions)}}
}

// folderFormats returns the folder formats.
func folderFormats() []folderFormat { return allFolders }

// folderOf returns what a folder format differs in from the others.
func folderOf(format string) folderKind {
	for _, f := range allFolders {
		if f.kind.format == format {
			return f.kind
		}
	}
	return folderKind{}
}

// allFolders lists the folder formats (datasets, packaged_modules). The lists of extensions overlap: that of the repository's
// format counts.
var allFolders = []folderFormat{
	newFolderKind("imagefolder", "image", "Image",
		".blp .bmp .dib .bufr .cur .pcx .dcx .dds .ps .eps .fit .fits .fli .flc .ftc .ftu .gbr .gif .grib .png .apng .jp2 .j2k .jpc .jpf .jpx .j2c "+
			".icns .ico .im .iim .tif .tiff .jfif .jpe .jpg .jpeg .mpg .mpeg .msp .pcd .pxr .pbm .pgm .ppm .pnm .psd .bw .rgb .rgba .sgi .ras .tga "+
			".icb .vda .vst .webp .wmf .emf .xbm .xpm"),
	newFolderKind("audiofolder", "audio", "Audio",
		".aiff .au .avr .caf .flac .htk .svx .mat4 .mat5 .mpc2k .ogg .paf .pvf .raw .rf64 .sd2 .sds .ircam .voc .w64 .wav .nist .wavex .wve .xi "+
			".mp3 .opus .3gp .3g2 .avi .asf .flv .mp4 .mov .m4v .mkv .mpg .webm .f4v .wmv .wma .ogm .mxf .nut"),
	newFolderKind("videofolder", "video", "Video", ".mkv .mp4 .avi .mpeg .mov"),
	newFolderKind("meshfolder", "mesh", "Mesh", ".glb .gltf .ply .stl"),
	newFolderKind("pdffolder", "pdf", "Pdf", ".pdf"),
	newFolderKind("niftifolder", "nifti", "Nifti", ".nii"),
	newFolderKind("pdb", "structure", "BioStructure", ".pdb .ent"),
	newFolderKind("mmcif", "structure", "BioStructure", ".cif .mmcif"),
}

// extensions returns the last extension of a file's name and the one before it, in lower case, as Python's os.path.splitext cuts
// them: dots at the beginning of a name belong to it.
func extensions(file string) (last, second string) {
	base := strings.TrimLeft(file[strings.LastIndexByte(file, '/')+1:], ".")
	cut := func() string {
		i := strings.LastIndexByte(base, '.')
		if i < 0 {
			return ""
		}
		extension := base[i:]
		base = base[:i]
		return strings.ToLower(extension)
	}
	last = cut()
	return last, cut()
}
