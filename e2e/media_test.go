package e2e

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/hub/localhub"
)

// writeMedia writes a folder of images with classes, one with metadata, and a WebDataset archive.
func writeMedia(t *testing.T, root string) {
	t.Helper()
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, name := range []string{"a.jpg", "a.cls", "b.jpg", "b.cls"} {
		if err := w.WriteHeader(&tar.Header{Name: name, Size: 1, Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte("7")); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"classes/cat/1.png": "c1", "classes/cat/2.png": "c2", "classes/dog/1.png": "d1",
		"records/train/1.png": "one", "records/train/2.png": "two",
		"records/train/metadata.jsonl": `{"file_name": "2.png", "text": "second"}` + "\n" + `{"file_name": "1.png", "text": "first"}` + "\n",
		"archive/train.tar":            archive.String(),
	} {
		file := filepath.Join(root, "user", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMediaInPySpark reads folders and archives, which pyspark_huggingface cannot stream, with PySpark.
func TestMediaInPySpark(t *testing.T) {
	t.Parallel()
	interpreter := python(t, "spark-4.3")
	root := t.TempDir()
	writeMedia(t, root)
	_, spark := serveDemo(t, root)
	got := runScript(t, interpreter, `
from pyspark.sql import SparkSession

spark = SparkSession.builder.remote("sc://localhost:15002").getOrCreate()
for name in ("classes", "records", "archive"):
    df = spark.read.format("huggingface").load("user/" + name)
    print(df.schema.simpleString(), df.count())
    for row in df.collect():
        print([v if not hasattr(v, "path") else (bytes(v.bytes), v.path.split("/")[-1]) for v in row if "hf://" not in str(v) or hasattr(v, "path")])
df = spark.read.format("huggingface").load("user/classes")
print(df.groupBy("label").count().orderBy("label").collect())
print([p.split("/")[-1] for p, in df.where("label = 1").select("image.path").collect()])
`, spark.Address)
	want := `struct<image:struct<bytes:binary,path:string>,label:bigint> 3
[(b'c1', '1.png'), 0]
[(b'c2', '2.png'), 0]
[(b'd1', '1.png'), 1]
struct<image:struct<bytes:binary,path:string>,text:string> 2
[(b'two', '2.png'), 'second']
[(b'one', '1.png'), 'first']
struct<jpg:struct<bytes:binary,path:string>,cls:bigint,__key__:string,__url__:string> 2
[(b'7', 'a.jpg'), 7, 'a']
[(b'7', 'b.jpg'), 7, 'b']
[Row(label=0, count=2), Row(label=1, count=1)]
['1.png']
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestMediaFetchesWhatIsAsked counts the images that queries fetch.
func TestMediaFetchesWhatIsAsked(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	writeMedia(t, root)
	var mu sync.Mutex
	images := 0
	server, err := localhub.Start(t.Context(), localhub.Options{Root: root, Observe: func(r localhub.Request) {
		if strings.HasSuffix(r.Path, ".png") && r.Status < 300 {
			mu.Lock()
			defer mu.Unlock()
			images++
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	for query, want := range map[string]int{
		"SELECT count(*) FROM hf('user/classes')":                                   0,
		"SELECT label, count(*) FROM hf('user/classes') GROUP BY label":             0,
		"SELECT image.path, label FROM hf('user/classes') WHERE label = 0":          0,
		"SELECT length(image.bytes) FROM hf('user/classes') WHERE label = 1":        1,
		"SELECT text FROM hf('user/records')":                                       0,
		"SELECT image FROM hf('user/records') WHERE text = 'first'":                 1,
		"SELECT p FROM (SELECT image.path AS p FROM hf('user/records')) ORDER BY p": 0,
	} {
		mu.Lock()
		images = 0
		mu.Unlock()
		if _, log, err := run(t, program, "", []string{"HF_ENDPOINT=" + server.URL()}, "sql", query); err != nil {
			t.Fatalf("%s: %v\n%s", query, err, log)
		}
		mu.Lock()
		if images != want {
			t.Errorf("%s fetched %d images, want %d", query, images, want)
		}
		mu.Unlock()
	}
}

// TestTypesInPySpark reads types that Spark does not have.
func TestTypesInPySpark(t *testing.T) {
	t.Parallel()
	interpreter := python(t, "spark-4.3")
	root := t.TempDir()
	if _, log, err := run(t, interpreter, "", nil, "python/write_types.py", root); err != nil {
		t.Fatalf("write: %v\n%s", err, log)
	}
	_, spark := serveDemo(t, root)
	got := runScript(t, interpreter, `
from pyspark.sql import SparkSession

spark = SparkSession.builder.remote("sc://localhost:15002").getOrCreate()
spark.conf.set("spark.sql.session.timeZone", "UTC")
df = spark.read.format("huggingface").load("user/types")
first, second = df.collect()
for field in df.schema:
    print(field.name, field.dataType.simpleString(), first[field.name] if "zone" not in field.name else "", second[field.name])
reader = spark.read.format("huggingface")
try:
    reader.load("user/nanoseconds").collect()
except Exception as e:
    print("nanoseconds=" in str(e), e.getCondition())
print(reader.option("nanoseconds", "string").load("user/nanoseconds").collect())
`, spark.Address)
	want := `u8 smallint 255 None
u16 int 65535 None
u32 bigint 4294967295 None
u64 decimal(20,0) 18446744073709551615 None
half float 1.5 None
seconds time(6) 23:59:59 None
millis time(6) 23:59:59.999000 None
stamp_s timestamp_ntz 2001-09-09 01:46:40 None
stamp_ns timestamp_ntz 2001-09-09 01:46:40.000001 None
stamp_zone timestamp  None
duration_ns interval day to second 0:00:00.000002 None
decimal string 1000000000000000000000000000000000000000000000 None
large string a None
fixed binary b'ab' None
large_list array<decimal(20,0)> [Decimal('18446744073709551615')] None
fixed_list array<smallint> [1, 2] None
dictionary string x None
nested struct<u:decimal(20,0),d:interval day to second> Row(u=Decimal('18446744073709551615'), d=datetime.timedelta(seconds=5)) None
map map<string,bigint> {'k': 1} None
True HUGGINGFACE_DATASET.BAD_DATA_FILE
[Row(t='2001-09-09 01:46:40.000000007'), Row(t=None)]
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
