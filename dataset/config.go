package dataset

import (
	"fmt"
	"slices"
	"strings"
)

// defaultConfig is the name of the subset of a repository that does not name any.
const defaultConfig = "default"

// configEntry is an entry of configs in the README: a subset.
type configEntry struct {
	name         string
	badName      *Error // why it cannot be a name; told when the subsets are made, after errors about files
	dataFiles    any    // nil when absent or null
	hasDataFiles bool   // the key is there, even if null
	dataDir      string
	isDefault    bool
	features     *Features
	parameters   *mapping // of the format
}

// parseConfigs reads the configs key (datasets, utils/metadata.py).
func parseConfigs(value any) ([]configEntry, error) {
	list, ok := value.([]any)
	if !ok {
		return nil, fail(CodeMetadata, fmt.Sprintf("configs in README.md is %v, but it must be a list", plain(value)), "")
	}
	var out []configEntry
	for _, item := range list {
		entry, err := parseConfig(item)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(out, func(c configEntry) bool { return c.name == entry.name }); i >= 0 {
			out[i] = entry // The later one counts, at the place of the earlier one.
		} else {
			out = append(out, entry)
		}
	}
	return out, nil
}

func parseConfig(item any) (configEntry, error) {
	var entry configEntry
	m, ok := item.(*mapping)
	if !ok {
		return entry, fail(CodeMetadata, fmt.Sprintf("configs in README.md has the entry %v, but each must be a mapping with a config_name", plain(item)), "")
	}
	name, ok := m.get("config_name")
	if !ok {
		return entry, fail(CodeMetadata, fmt.Sprintf("configs in README.md has the entry %v, which has no config_name", plain(item)), "")
	}
	if entry.name, ok = name.(string); !ok {
		entry.name = fmt.Sprint(plain(name))
		entry.badName = fail(CodeMetadata, fmt.Sprintf("configs in README.md has the config_name %v, which YAML does not take for text", plain(name)),
			"Put it in quotes")
	} else {
		entry.badName = checkConfigName(entry.name)
	}
	entry.parameters = &mapping{}
	for _, k := range m.keys {
		key, ok := k.(string)
		if !ok {
			return entry, fail(CodeMetadata, fmt.Sprintf("the subset %q has the key %v, which YAML does not take for text", entry.name, k), "Put it in quotes")
		}
		if err := entry.set(key, m.values[k]); err != nil {
			return entry, err
		}
	}
	return entry, nil
}

// checkConfigName refuses what no subset may be called (datasets, builder.py).
func checkConfigName(name string) *Error {
	if i := strings.IndexAny(name, `<>:/\|?*`); i >= 0 {
		return fail(CodeMetadata, fmt.Sprintf("configs in README.md has the config_name %q, which has the forbidden character %q", name, name[i:i+1]), "")
	}
	if name == "" {
		return fail(CodeMetadata, "configs in README.md has an empty config_name", "")
	}
	return nil
}

func (c *configEntry) set(key string, value any) error {
	switch key {
	case "config_name", "version", "description":
	case "data_files":
		c.dataFiles, c.hasDataFiles = value, true
		return c.checkDataFiles(value)
	case "data_dir":
		text, ok := value.(string)
		switch {
		case !truthy(value):
		case ok && strings.Contains(text, "//"):
			return fail(CodeRepository, fmt.Sprintf("the data_dir %q of the subset %q has two slashes in a row", text, c.name), "")
		case ok:
			c.dataDir = text
		default:
			return fail(CodeMetadata, fmt.Sprintf("the subset %q has the data_dir %v, which YAML does not take for text", c.name, plain(value)),
				"Put it in quotes")
		}
	case "default":
		c.isDefault = truthy(value)
	case "features":
		features, err := featuresFromYAML(value)
		if err != nil {
			return &Error{Code: CodeFeatures, Message: fmt.Sprintf("features of the subset %q", c.name), Err: err}
		}
		c.features = features
	default:
		c.parameters.set(key, value)
	}
	return nil
}

// checkDataFiles applies the rules for data_files in YAML, which are stricter than those of the option.
func (c *configEntry) checkDataFiles(value any) error {
	bad := func(what string) error {
		return fail(CodeDataFiles, fmt.Sprintf("data_files of the subset %q in README.md: %s", c.name, what),
			"It must be a path, a list of paths, or a list of mappings with the two keys split and path, where a split has letters, "+
				"digits, underscores and single dots only")
	}
	list, ok := value.([]any)
	if !ok {
		if _, text := value.(string); text || value == nil {
			return nil
		}
		return bad(fmt.Sprintf("%v is none of what it may be", plain(value)))
	}
	for _, item := range list {
		m, ok := item.(*mapping)
		if !ok {
			if _, text := item.(string); text {
				continue
			}
			return bad(fmt.Sprintf("%v is neither a path nor a mapping", plain(item)))
		}
		split, hasSplit := m.get("split")
		paths, hasPath := m.get("path")
		if m.len() != 2 || !hasSplit || !hasPath {
			return bad(fmt.Sprintf("%v has not just the keys split and path", plain(item)))
		}
		name, ok := split.(string)
		if !ok {
			return bad(fmt.Sprintf("the split %v is not text in YAML; put it in quotes", split))
		}
		if !splitName.MatchString(name) {
			return bad(fmt.Sprintf("%q is not a name for a split", name))
		}
		if _, ok := texts(paths); !ok {
			return bad(fmt.Sprintf("the path of the split %q is %v", name, plain(paths)))
		}
	}
	return nil
}

// defaultOf finds the default subset among those of the README; "" when there is none.
func defaultOf(configs []configEntry) (string, error) {
	if len(configs) == 1 {
		return configs[0].name, nil
	}
	found := ""
	for _, c := range configs {
		if c.name != defaultConfig && !c.isDefault {
			continue
		}
		if found != "" {
			return "", fail(CodeMetadata, fmt.Sprintf("README.md has two default subsets: %q and %q", found, c.name), "")
		}
		found = c.name
	}
	return found, nil
}

// knownParameters are the parameters of the formats that hfspark or a README may set (packaged_modules of the datasets
// library). A parameter of a README that its format does not have is left out with a warning, as the library does.
var knownParameters = map[string]string{
	"csv": "sep delimiter header names column_names index_col usecols prefix mangle_dupe_cols engine converters true_values " +
		"false_values skipinitialspace skiprows nrows na_values keep_default_na na_filter verbose skip_blank_lines thousands " +
		"decimal lineterminator quotechar quoting escapechar comment encoding dialect error_bad_lines warn_bad_lines skipfooter " +
		"doublequote memory_map float_precision chunksize features encoding_errors on_bad_lines date_format",
	"json":        "features encoding encoding_errors field use_threads block_size chunksize newlines_in_values on_mixed_types parse_agent_traces",
	"parquet":     "batch_size columns features filters fragment_scan_options on_bad_files",
	"arrow":       "features",
	"text":        "features encoding encoding_errors chunksize keep_linebreaks sample_by",
	"xml":         "features encoding encoding_errors",
	"conll":       "features encoding encoding_errors column_names delimiter skip_docstart comment_prefix",
	"imagefolder": "features drop_labels drop_metadata metadata_filenames filters decode_num_threads",
	"audiofolder": "features drop_labels drop_metadata metadata_filenames filters decode_num_threads",
	"videofolder": "features drop_labels drop_metadata metadata_filenames filters decode_num_threads",
	"meshfolder":  "features drop_labels drop_metadata metadata_filenames filters decode_num_threads",
	"pdffolder":   "features drop_labels drop_metadata metadata_filenames filters decode_num_threads",
	"niftifolder": "features drop_labels drop_metadata metadata_filenames filters decode_num_threads",
	"pdb":         "features drop_labels drop_metadata metadata_filenames filters decode_num_threads",
	"mmcif":       "features drop_labels drop_metadata metadata_filenames filters decode_num_threads",
	"fasta":       "features batch_size max_batch_bytes columns",
	"fastq":       "features batch_size max_batch_bytes columns",
	"genbank":     "features batch_size max_batch_bytes columns",
	"harbor":      "features strip_canary include_files",
	"vortex":      "features batch_size columns filters on_bad_files",
	"hdf5":        "batch_size features",
	"lance":       "features columns batch_size token",
	"tsfile": "features table_name columns start_time end_time input_batch_size output_batch_size on_bad_files " +
		"timestamp_unit timestamp_tz",
}

// deafParameters are those that the library does not find when a README sets them, since its class has no default value for them, though
// as options they work.
var deafParameters = map[string]string{"conll": "column_names"}

func knowsParameter(format, name string) bool {
	return slices.Contains(strings.Fields(knownParameters[format]), name)
}
