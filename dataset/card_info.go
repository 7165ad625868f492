package dataset

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// editInfos puts features and sizes of the split into the dataset_info of the subset. It tells whether anything changed.
func editInfos(infos **yaml.Node, root *yaml.Node, edit CardEdit) (bool, error) {
	if edit.Features == nil {
		return false, nil
	}
	switch {
	case *infos == nil || (*infos).Kind == yaml.ScalarNode:
		if edit.OtherConfigs && valueOf(root, "dataset_info") == nil {
			// The only dataset_info entry would name the default subset (datasets, load.py).
			return false, nil
		}
		*infos = mappingNode()
		if edit.Config != defaultConfig {
			setValue(*infos, "config_name", textNode(edit.Config))
		}
	case (*infos).Kind == yaml.MappingNode:
		if single := sequenceNode(*infos); entryOf(single, edit.Config) == nil {
			if valueOf(*infos, "config_name") == nil {
				*infos = mappingNode(append([]*yaml.Node{textNode("config_name"), textNode(defaultConfig)}, (*infos).Content...)...)
				single = sequenceNode(*infos)
			}
			*infos = single
		}
	case (*infos).Kind != yaml.SequenceNode:
		return false, errors.New("dataset_info is neither a mapping nor a list")
	}
	info := *infos
	if info.Kind == yaml.SequenceNode {
		if info = entryOf(*infos, edit.Config); info == nil {
			info = mappingNode(textNode("config_name"), textNode(edit.Config))
			(*infos).Content = append((*infos).Content, info)
		}
	}
	if edit.ReplaceFeatures || valueOf(info, "features") == nil {
		setValue(info, "features", edit.Features.yamlNode())
	}
	return true, editSizes(info, edit)
}

// editSizes writes the size of the split, and what the splits are together. Sizes that are not all known are taken out.
func editSizes(info *yaml.Node, edit CardEdit) error {
	splits := valueOf(info, "splits")
	if splits == nil {
		splits = sequenceNode()
	}
	if splits.Kind != yaml.SequenceNode {
		return errors.New("splits of dataset_info is not a list")
	}
	var kept *yaml.Node
	for _, s := range splits.Content {
		if name := valueOf(s, "name"); name != nil && name.Value == edit.Split {
			kept = s
		}
	}
	if edit.Size == nil || !coversOthers(splits, edit) {
		for _, key := range []string{"splits", "download_size", "dataset_size"} {
			removeKey(info, key)
		}
		return nil
	}
	if kept == nil {
		kept = mappingNode(textNode("name"), textNode(edit.Split))
		splits.Content = append(splits.Content, kept)
	}
	before := intValue(kept, "num_bytes")
	setValue(kept, "num_bytes", intNode(edit.Size.Bytes))
	setValue(kept, "num_examples", intNode(edit.Size.Examples))
	setValue(info, "splits", splits)
	setValue(info, "download_size", intNode(max(intValue(info, "download_size")+edit.Size.Download, 0)))
	setValue(info, "dataset_size", intNode(max(intValue(info, "dataset_size")-before+edit.Size.Bytes, 0)))
	return nil
}

// coversOthers tells whether the sizes of all other splits of the subset are known: the library expects all or none.
func coversOthers(splits *yaml.Node, edit CardEdit) bool {
	known := map[string]bool{edit.Split: true}
	for _, s := range splits.Content {
		if name := valueOf(s, "name"); name != nil {
			known[name.Value] = true
		}
	}
	for _, o := range edit.Others {
		if !known[o.Split] {
			return false
		}
	}
	return true
}

func intValue(m *yaml.Node, key string) int64 {
	v := valueOf(m, key)
	if v == nil {
		return 0
	}
	n, err := strconv.ParseInt(v.Value, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func removeKey(m *yaml.Node, key string) {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			m.Content = append(m.Content[:i:i], m.Content[i+2:]...)
			return
		}
	}
}

// CardSplit is what a README tells of a split.
type CardSplit struct {
	// Folder is the data_dir of the subset's configs entry; "" is the root of the repository.
	Folder string
	// Examples is the number of rows in dataset_info; Known tells whether it is there.
	Examples, Bytes int64
	Known           bool
}

// ReadCardSplit reads what a README tells of a split that is about to be written. A README without a YAML block, or without the
// subset, tells nothing.
func ReadCardSplit(readme []byte, config, split string) (CardSplit, error) {
	var out CardSplit
	_, block, _ := cutFrontMatter(readme)
	root, err := blockRoot(strings.ReplaceAll(string(block), "\r\n", "\n"))
	if err != nil {
		return out, fmt.Errorf("read the YAML block of %s: %w", readmeName, err)
	}
	if configs := valueOf(root, "configs"); configs != nil && configs.Kind == yaml.SequenceNode {
		if entry := entryOf(configs, config); entry != nil {
			out.Folder = folderOf(entry)
		}
	}
	info := valueOf(root, "dataset_info")
	if info != nil && info.Kind == yaml.MappingNode {
		info = sequenceNode(info)
	}
	if info == nil || info.Kind != yaml.SequenceNode {
		return out, nil
	}
	if entry := entryOf(info, config); entry != nil {
		if splits := valueOf(entry, "splits"); splits != nil {
			for _, s := range splits.Content {
				if name := valueOf(s, "name"); name != nil && name.Value == split && valueOf(s, "num_examples") != nil {
					out.Examples, out.Bytes, out.Known = intValue(s, "num_examples"), intValue(s, "num_bytes"), true
				}
			}
		}
	}
	return out, nil
}
