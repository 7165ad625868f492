// Package demo makes the repositories of the tour and runs it: through the command line and through a real PySpark client,
// on a Hub and a Spark Connect server that live only as long as the tour.
package demo

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// Token opens the gated repository of the demo's Hub. It is made up and opens nothing else.
const Token = "hf_demo"

// access is the demo Hub's list of tokens and of repositories that need one.
const access = `tokens:
  ` + Token + `: {user: username}
repositories:
  BAAI/Infinity-Instruct: {gated: true, access: [username]}
`

const imdbCard = `---
configs:
- config_name: plain_text
  default: true
  data_files:
  - split: train
    path: plain_text/train-*
  - split: test
    path: plain_text/test-*
dataset_info:
  config_name: plain_text
  features:
  - name: text
    dtype: string
  - name: label
    dtype:
      class_label:
        names:
          '0': neg
          '1': pos
---
# Made-up film reviews, in the shape of stanfordnlp/imdb
`

const infinityCard = `---
configs:
- config_name: 3M
  data_files:
  - split: train
    path: 3M/*
- config_name: 7M
  data_files:
  - split: train
    path: 7M/*
- config_name: '0625'
  data_files:
  - split: train
    path: 0625/*
- config_name: Gen
  data_files:
  - split: train
    path: Gen/*
---
# Made-up instructions, in the shape of BAAI/Infinity-Instruct
`

// Sizes tells how many rows Write makes. The zero value means the tour's sizes: a few megabytes in all.
type Sizes struct {
	Reviews      int // in each split of stanfordnlp/imdb; default 2,000
	Instructions int // in each file of BAAI/Infinity-Instruct; default 1,500
}

// Write makes the tour's repositories and the access file of a local Hub under root. The same sizes give the same bytes.
func Write(root string, sizes Sizes) error {
	if sizes.Reviews == 0 {
		sizes.Reviews = 2000
	}
	if sizes.Instructions == 0 {
		sizes.Instructions = 1500
	}
	if err := writeText(filepath.Join(root, ".hfspark-hub.yaml"), access); err != nil {
		return err
	}
	if err := writeIMDB(filepath.Join(root, "stanfordnlp", "imdb"), sizes.Reviews); err != nil {
		return err
	}
	return writeInfinity(filepath.Join(root, "BAAI", "Infinity-Instruct"), sizes.Instructions)
}

func writeIMDB(dir string, rows int) error {
	if err := writeText(filepath.Join(dir, "README.md"), imdbCard); err != nil {
		return err
	}
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "text", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "label", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
	}, nil)
	for i, split := range []string{"train", "test"} {
		r := rand.New(rand.NewPCG(uint64(i), 0x1db))
		fill := func(b *array.RecordBuilder, row int) {
			b.Field(0).(*array.StringBuilder).Append(english.sentences(r, 3+r.IntN(12)))
			b.Field(1).(*array.Int64Builder).Append(int64(2 * row / rows)) // the negative half first, as in the original
		}
		path := filepath.Join(dir, "plain_text", split+"-00000-of-00001.parquet")
		if err := writeParquet(path, schema, rows, fill); err != nil {
			return err
		}
	}
	return nil
}

// subsets are the subsets of BAAI/Infinity-Instruct with their numbers of files.
var subsets = []struct {
	name  string
	files int
}{{"3M", 4}, {"7M", 12}, {"0625", 1}, {"Gen", 2}}

func writeInfinity(dir string, rows int) error {
	if err := writeText(filepath.Join(dir, "README.md"), infinityCard); err != nil {
		return err
	}
	message := arrow.StructOf(
		arrow.Field{Name: "from", Type: arrow.BinaryTypes.String, Nullable: true},
		arrow.Field{Name: "value", Type: arrow.BinaryTypes.String, Nullable: true},
	)
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "id", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "conversations", Type: arrow.ListOf(message), Nullable: true},
		{Name: "label", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "langdetect", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "source", Type: arrow.BinaryTypes.String, Nullable: true},
	}, nil)
	for s, subset := range subsets {
		for file := range subset.files {
			r := rand.New(rand.NewPCG(uint64(s), uint64(file)))
			fill := func(b *array.RecordBuilder, row int) { appendInstruction(b, r, int64(file*rows+row)) }
			path := filepath.Join(dir, subset.name, fmt.Sprintf("train-%05d-of-%05d.parquet", file, subset.files))
			if err := writeParquet(path, schema, rows, fill); err != nil {
				return err
			}
		}
	}
	return nil
}

var sources = []string{
	"flan", "flan", "flan", "flan", "code_exercises", "code_exercises", "OpenHermes-2.5", "OpenHermes-2.5", "OpenHermes-2.5",
	"Subjective", "Subjective", "MetaMath", "MetaMath", "MetaMath", "Evol Instruct", "GPT4", "Orca", "glaive",
}

func appendInstruction(b *array.RecordBuilder, r *rand.Rand, id int64) {
	words, language := english, "en"
	switch draw := r.IntN(100); {
	case draw < 12:
		words, language = chinese, "zh-cn"
	case draw < 14:
		words, language = japanese, "ja"
	}
	b.Field(0).(*array.Int64Builder).Append(id)
	turns := b.Field(1).(*array.ListBuilder)
	turns.Append(true)
	turn := turns.ValueBuilder().(*array.StructBuilder)
	for range 1 + r.IntN(2) {
		for _, speaker := range []string{"human", "gpt"} {
			turn.Append(true)
			turn.FieldBuilder(0).(*array.StringBuilder).Append(speaker)
			turn.FieldBuilder(1).(*array.StringBuilder).Append(words.sentences(r, 1+r.IntN(4)))
		}
	}
	b.Field(2).(*array.StringBuilder).Append("")
	b.Field(3).(*array.StringBuilder).Append(language)
	b.Field(4).(*array.StringBuilder).Append(pick(r, sources))
}

// writeParquet writes rows in row groups of a third of the file, so that readers have something to prune.
func writeParquet(path string, schema *arrow.Schema, rows int, fill func(*array.RecordBuilder, int)) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make the folder of a demo repository: %w", err)
	}
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write a demo repository: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	group := rows/3 + 1
	properties := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy), parquet.WithMaxRowGroupLength(int64(group)))
	// The writer closes what it writes to; the file is closed above, with its error.
	writer, err := pqarrow.NewFileWriter(schema, struct{ io.Writer }{file}, properties, pqarrow.DefaultWriterProps())
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	builder := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer builder.Release()
	for start := 0; start < rows; start += group {
		for row := start; row < min(start+group, rows); row++ {
			fill(builder, row)
		}
		batch := builder.NewRecordBatch()
		err := writer.Write(batch)
		batch.Release()
		if err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	if err := writer.Close(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func writeText(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make the folder of a demo repository: %w", err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return fmt.Errorf("write a demo repository: %w", err)
	}
	return nil
}
