"""Reads a Hub in a folder with Hugging Face's own Python libraries.

Run by TestHubClients (hub_test.go), or by hand against a running `hfspark hub`:

    HF_ENDPOINT=http://127.0.0.1:8080 HFSPARK_HUB_ROOT=DIR \
    HFSPARK_TOKEN_MEMBER=hf_member HFSPARK_TOKEN_STRANGER=hf_stranger pytest e2e/test_hub_clients.py

DIR is the folder that is served. It holds
    acme/files     README.md (with front matter "license: mit"), empty.txt, large.bin (several MiB), data/train.jsonl (rows {"id": n}),
                   data/packed.jsonl.gz, "sub dir/ünï #%.txt"
    acme/many      1,205 files d<n>/f<n>.txt
    acme/gated     gated, README.md; "member" has access, "stranger" has not
    acme/private   private, README.md; owned by "member"
and, where they are on the machine, copies of real repositories (openai/gsm8k and others), whose tests skip otherwise.
"""

import gzip
import hashlib
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(os.environ["HFSPARK_HUB_ROOT"])
MEMBER = os.environ["HFSPARK_TOKEN_MEMBER"]
STRANGER = os.environ["HFSPARK_TOKEN_STRANGER"]
FILES = "acme/files"
UNUSUAL = "sub dir/ünï #%.txt"

os.environ.pop("HF_TOKEN", None)
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "0"

from huggingface_hub import HfApi, HfFileSystem, hf_hub_download, snapshot_download  # noqa: E402
from huggingface_hub.errors import (  # noqa: E402
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import RepoFile, RepoFolder  # noqa: E402

import datasets  # noqa: E402


@pytest.fixture(scope="session")
def api():
    return HfApi(token=False)


@pytest.fixture
def fs():
    return HfFileSystem(token=False, skip_instance_cache=True)


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def content(path, repo=FILES):
    return (ROOT / repo / path).read_bytes()


def local_files(repo):
    root = ROOT / repo
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())


def blob_id(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def pointer(data):
    return b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n" % (
        hashlib.sha256(data).hexdigest().encode(),
        len(data),
    )


# Looking up


def test_info(api):
    info = api.dataset_info(FILES)
    assert info.id == FILES and info.author == "acme" and len(info.sha) == 40
    assert not info.private and info.gated is False and not info.disabled
    assert info.card_data["license"] == "mit" and "license:mit" in info.tags
    assert sorted(s.rfilename for s in info.siblings) == local_files(FILES)
    for revision in ("main", "refs/heads/main", info.sha, info.sha[:8]):
        assert api.dataset_info(FILES, revision=revision).sha == info.sha


def test_info_with_file_metadata(api):
    siblings = {s.rfilename: s for s in api.dataset_info(FILES, files_metadata=True).siblings}
    readme, large = content("README.md"), content("large.bin")
    assert siblings["README.md"].size == len(readme) and siblings["README.md"].blob_id == blob_id(readme)
    assert siblings["large.bin"].lfs.sha256 == hashlib.sha256(large).hexdigest()
    assert siblings["large.bin"].lfs.size == len(large)


def test_info_expand(api):
    info = api.dataset_info(FILES, expand=["sha", "gated"])
    assert info.sha and info.gated is False and info.siblings is None
    with pytest.raises(HfHubHTTPError):
        api.dataset_info(FILES, expand=["nonsense"])


def test_info_in_other_capitals(api):
    assert api.dataset_info("ACME/Files").id == FILES


def test_listing_of_repositories(api):
    ids = [d.id for d in api.list_datasets(author="acme")]
    assert ids == ["acme/files", "acme/gated", "acme/many"]
    assert "acme/private" in [d.id for d in HfApi(token=MEMBER).list_datasets(author="acme")]
    assert [d.id for d in api.list_datasets(search="man", limit=1)] == ["acme/many"]


def test_tree(api):
    top = {e.path: e for e in api.list_repo_tree(FILES, repo_type="dataset")}
    assert set(top) == {p.name for p in (ROOT / FILES).iterdir()}
    assert isinstance(top["data"], RepoFolder) and isinstance(top["README.md"], RepoFile)
    everything = list(api.list_repo_tree(FILES, repo_type="dataset", recursive=True))
    files = {e.path: e for e in everything if isinstance(e, RepoFile)}
    assert sorted(files) == local_files(FILES)
    assert {e.path for e in everything if isinstance(e, RepoFolder)} == {"data", "sub dir"}
    for path, entry in files.items():
        data = content(path)
        assert entry.size == len(data)
        if entry.lfs:
            assert entry.lfs.sha256 == hashlib.sha256(data).hexdigest() and entry.lfs.size == len(data)
            assert entry.blob_id == blob_id(pointer(data)) and entry.lfs.pointer_size == len(pointer(data))
        else:
            assert entry.blob_id == blob_id(data)
    assert files["large.bin"].lfs and files["data/packed.jsonl.gz"].lfs and not files["data/train.jsonl"].lfs
    below = [e.path for e in api.list_repo_tree(FILES, "sub dir", repo_type="dataset")]
    assert below == [UNUSUAL]


def test_tree_expanded(api):
    sha = api.dataset_info(FILES).sha
    for entry in api.list_repo_tree(FILES, repo_type="dataset", recursive=True, expand=True):
        assert entry.last_commit.oid == sha
        if isinstance(entry, RepoFile):
            assert entry.security.status == "unscanned"


@pytest.mark.parametrize("expand", [False, True])
def test_tree_has_pages(api, expand):
    entries = list(api.list_repo_tree("acme/many", repo_type="dataset", recursive=True, expand=expand))
    paths = [e.path for e in entries]
    assert len(paths) == len(set(paths))
    assert sorted(e.path for e in entries if isinstance(e, RepoFile)) == local_files("acme/many")


def test_trees_are_those_of_git(api, tmp_path):
    """Real git, given the same files and pointers, names the same trees."""
    for path in local_files(FILES):
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content(path))
    git = ["git", "-C", str(tmp_path), "-c", "core.autocrlf=false"]
    entries = {e.path: e for e in api.list_repo_tree(FILES, repo_type="dataset", recursive=True)}
    for path, entry in entries.items():
        if isinstance(entry, RepoFile) and entry.lfs:
            (tmp_path / path).write_bytes(pointer(content(path)))
    try:
        subprocess.run([*git, "init", "-q"], check=True)
    except FileNotFoundError:
        pytest.skip("git is not installed")
    subprocess.run([*git, "add", "-A"], check=True)
    tree = subprocess.run([*git, "write-tree"], check=True, capture_output=True, text=True).stdout.strip()
    listed = subprocess.run([*git, "ls-tree", "-r", "-t", "-z", tree], check=True, capture_output=True, text=True).stdout
    want = {}
    for line in filter(None, listed.split("\0")):
        attributes, path = line.split("\t")
        want[path] = attributes.split()[2]
    got = {path: e.blob_id if isinstance(e, RepoFile) else e.tree_id for path, e in entries.items()}
    assert got == want
    commit = f"tree {tree}\n" + "".join(
        f"{who} hfspark <hfspark@localhost> 1704067200 +0000\n" for who in ("author", "committer")
    )
    commit = (commit + "\nContent of the folder\n").encode()
    assert api.dataset_info(FILES).sha == hashlib.sha1(b"commit %d\0" % len(commit) + commit).hexdigest()


def test_paths_info(api):
    found = api.get_paths_info(FILES, ["README.md", "data", "nope", UNUSUAL], repo_type="dataset", expand=True)
    assert {e.path: type(e) for e in found} == {"README.md": RepoFile, "data": RepoFolder, UNUSUAL: RepoFile}
    paths = local_files("acme/many")
    assert len(api.get_paths_info("acme/many", paths[:1000], repo_type="dataset")) == 1000


def test_refs_and_commits(api):
    sha = api.dataset_info(FILES).sha
    refs = api.list_repo_refs(FILES, repo_type="dataset")
    assert [(b.name, b.ref, b.target_commit) for b in refs.branches] == [("main", "refs/heads/main", sha)]
    assert refs.tags == [] and refs.converts == []
    commits = api.list_repo_commits(FILES, repo_type="dataset")
    assert [c.commit_id for c in commits] == [sha] and commits[0].authors


def test_existence(api):
    assert api.repo_exists(FILES, repo_type="dataset") and not api.repo_exists("acme/nope", repo_type="dataset")
    assert api.revision_exists(FILES, "main", repo_type="dataset")
    assert not api.revision_exists(FILES, "nope", repo_type="dataset")
    assert api.file_exists(FILES, "README.md", repo_type="dataset")
    assert not api.file_exists(FILES, "nope", repo_type="dataset")


def test_new_content_is_a_new_commit(api, cache):
    before = api.dataset_info(FILES).sha
    added = ROOT / FILES / "data" / "added.txt"
    added.write_text("new\n")
    try:
        after = api.dataset_info(FILES).sha
        assert after != before
        assert pathlib.Path(hf_hub_download(FILES, "data/added.txt", repo_type="dataset", cache_dir=cache)).read_text() == "new\n"
        with pytest.raises(EntryNotFoundError):
            hf_hub_download(FILES, "data/added.txt", repo_type="dataset", revision=before, cache_dir=cache)
    finally:
        added.unlink()
    assert api.dataset_info(FILES).sha == before


# Downloading


@pytest.mark.parametrize("path", ["README.md", "empty.txt", "large.bin", "data/packed.jsonl.gz", UNUSUAL])
def test_download(api, cache, path):
    got = pathlib.Path(hf_hub_download(FILES, path, repo_type="dataset", cache_dir=cache))
    assert got.read_bytes() == content(path)
    data = content(path)
    large = path in ("large.bin", "data/packed.jsonl.gz")
    assert got.resolve().name == (hashlib.sha256(data).hexdigest() if large else blob_id(data))
    assert got.parts[-1 - len(path.split("/"))] == api.dataset_info(FILES).sha
    assert hf_hub_download(FILES, path, repo_type="dataset", cache_dir=cache, revision="refs/heads/main")


def test_download_again_needs_no_network(api, cache):
    sha = api.dataset_info(FILES).sha
    first = hf_hub_download(FILES, "README.md", repo_type="dataset", cache_dir=cache)
    assert hf_hub_download(FILES, "README.md", repo_type="dataset", cache_dir=cache) == first
    assert hf_hub_download(FILES, "README.md", repo_type="dataset", cache_dir=cache, revision=sha, local_files_only=True) == first


def test_snapshot_download(cache, tmp_path):
    folder = pathlib.Path(snapshot_download(FILES, repo_type="dataset", cache_dir=cache))
    got = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
    assert got == local_files(FILES)
    for path in got:
        assert (folder / path).read_bytes() == content(path)
    some = pathlib.Path(snapshot_download(FILES, repo_type="dataset", local_dir=tmp_path / "some", allow_patterns="data/*"))
    assert sorted(p.name for p in (some / "data").iterdir()) == ["packed.jsonl.gz", "train.jsonl"]


# File system


def test_file_system(fs):
    base = f"datasets/{FILES}"
    assert {os.path.basename(p) for p in fs.ls(base, detail=False)} == {p.name for p in (ROOT / FILES).iterdir()}
    assert sorted(fs.glob(f"{base}/data/*.jsonl*")) == [f"{base}/data/packed.jsonl.gz", f"{base}/data/train.jsonl"]
    assert sorted(fs.find(base)) == [f"{base}/{p}" for p in local_files(FILES)]
    assert fs.info(f"{base}/large.bin")["size"] == len(content("large.bin"))
    assert fs.isdir(f"{base}/data") and fs.isfile(f"{base}/{UNUSUAL}") and not fs.exists(f"{base}/nope")
    assert fs.read_text(f"{base}/{UNUSUAL}") == content(UNUSUAL).decode()


def test_file_system_at_a_commit(api, fs):
    sha = api.dataset_info(FILES).sha
    for revision in (sha, "main", "refs%2Fheads%2Fmain"):
        assert fs.cat_file(f"hf://datasets/{FILES}@{revision}/README.md") == content("README.md")


@pytest.mark.parametrize("path", ["large.bin", "data/train.jsonl"])
def test_ranges(fs, path):
    data = content(path)
    size = len(data)
    with fs.open(f"datasets/{FILES}/{path}", "rb", block_size=64 << 10) as f:
        for start, length in [(0, 10), (size - 10, 10), (size // 2, 100_000), (5, 1), (size - 3, 100), (0, size)]:
            f.seek(start)
            assert f.read(length) == data[start : start + length]
    with fs.open(f"datasets/{FILES}/{path}", "rb", block_size=0) as f:
        assert f.read() == data


# Streaming


def test_streaming():
    rows = list(datasets.load_dataset(FILES, data_files="data/train.jsonl", split="train", streaming=True))
    assert rows == [json.loads(line) for line in content("data/train.jsonl").splitlines()]
    rows = list(datasets.load_dataset(FILES, data_files="data/packed.jsonl.gz", split="train", streaming=True))
    assert rows == [json.loads(line) for line in gzip.decompress(content("data/packed.jsonl.gz")).splitlines()]


def test_streaming_parquet():
    if not (ROOT / "stanfordnlp/imdb").is_dir():
        pytest.skip("the demo's repositories are not served")
    rows = list(datasets.load_dataset("stanfordnlp/imdb", split="test", streaming=True).take(5))
    assert len(rows) == 5 and set(rows[0]) == {"text", "label"}


@pytest.mark.parametrize(
    ("repo", "config", "split", "file"),
    [
        ("openai/gsm8k", "main", "train", "main/train.jsonl"),
        ("openai/gsm8k", "socratic", "test", "socratic/test.jsonl"),
        ("openai/openai_humaneval", None, "test", "HumanEval.jsonl.gz"),
        ("google/nq_open", None, "validation", "NQ-open.dev.jsonl"),
        ("stanford/alpaca_seed_tasks", None, "train", "seed_tasks.jsonl"),
        ("seaborn/diamonds", None, "train", "diamonds.csv"),
        ("seaborn/penguins", None, "train", "penguins.csv"),
        ("seaborn/titanic", None, "train", "titanic.csv"),
    ],
)
def test_streaming_real_repositories(repo, config, split, file):
    if not (ROOT / repo).is_dir():
        pytest.skip(f"{repo} is not on this machine")
    rows = list(datasets.load_dataset(repo, config, split=split, streaming=True))
    data = content(file, repo)
    if file.endswith(".gz"):
        data = gzip.decompress(data)
    lines = data.decode().splitlines()
    assert len(rows) == len(lines) - file.endswith(".csv")


# Refusals


def test_unknown_things(api, fs, cache):
    with pytest.raises(RepositoryNotFoundError):
        api.dataset_info("acme/nope")
    with pytest.raises(RepositoryNotFoundError):
        HfApi(token=STRANGER).dataset_info("acme/nope")
    with pytest.raises(RevisionNotFoundError):
        api.dataset_info(FILES, revision="nope")
    with pytest.raises(RevisionNotFoundError):
        hf_hub_download(FILES, "README.md", repo_type="dataset", revision="nope", cache_dir=cache)
    with pytest.raises(EntryNotFoundError):
        hf_hub_download(FILES, "nope", repo_type="dataset", cache_dir=cache)
    with pytest.raises(EntryNotFoundError):
        list(api.list_repo_tree(FILES, "nope", repo_type="dataset"))
    with pytest.raises(FileNotFoundError):
        fs.ls("datasets/acme/nope")
    with pytest.raises(FileNotFoundError):
        fs.open(f"datasets/{FILES}/nope", "rb").read()
    with pytest.raises(datasets.exceptions.DatasetNotFoundError):
        datasets.load_dataset("acme/nope", streaming=True)


def test_access_file_is_no_repository(api, cache):
    for path in (".hfspark-hub.yaml", "../.hfspark-hub.yaml", "../../.hfspark-hub.yaml"):
        with pytest.raises((EntryNotFoundError, RepositoryNotFoundError, HfHubHTTPError, ValueError)):
            hf_hub_download(FILES, path, repo_type="dataset", cache_dir=cache)


def test_private(api, cache):
    for client in (api, HfApi(token=STRANGER)):
        with pytest.raises(RepositoryNotFoundError) as caught:
            client.dataset_info("acme/private")
        assert not isinstance(caught.value, GatedRepoError)
        with pytest.raises(RepositoryNotFoundError):
            list(client.list_repo_tree("acme/private", repo_type="dataset"))
        with pytest.raises(RepositoryNotFoundError):
            client.auth_check("acme/private", repo_type="dataset")
    with pytest.raises(RepositoryNotFoundError):
        hf_hub_download("acme/private", "README.md", repo_type="dataset", cache_dir=cache, token=False)
    assert HfApi(token=MEMBER).dataset_info("acme/private").private
    assert hf_hub_download("acme/private", "README.md", repo_type="dataset", cache_dir=cache, token=MEMBER)


def test_gated(api, cache):
    assert api.dataset_info("acme/gated").gated == "auto"
    assert [e.path for e in api.list_repo_tree("acme/gated", repo_type="dataset")] == ["README.md"]
    for token in (False, STRANGER):
        with pytest.raises(GatedRepoError):
            hf_hub_download("acme/gated", "README.md", repo_type="dataset", cache_dir=cache, token=token)
        with pytest.raises(GatedRepoError):
            HfApi(token=token).auth_check("acme/gated", repo_type="dataset")
    with pytest.raises(datasets.exceptions.DatasetNotFoundError, match="gated"):
        datasets.load_dataset("acme/gated", streaming=True)
    HfApi(token=MEMBER).auth_check("acme/gated", repo_type="dataset")
    assert hf_hub_download("acme/gated", "README.md", repo_type="dataset", cache_dir=cache, token=MEMBER)


def test_tokens(api):
    assert HfApi(token=MEMBER).whoami()["name"] == "member"
    with pytest.raises(HfHubHTTPError):
        HfApi(token="hf_nobodys").whoami()
    with pytest.raises(HfHubHTTPError) as caught:
        HfApi(token="hf_nobodys").dataset_info(FILES)
    assert not isinstance(caught.value, RepositoryNotFoundError)


def test_writing_to_others_is_refused(cache):
    with pytest.raises(HfHubHTTPError) as caught:
        HfApi(token=MEMBER).upload_file(
            path_or_fileobj=b"x", path_in_repo="x.txt", repo_id=FILES, repo_type="dataset"
        )
    assert caught.value.response.status_code == 403
    assert "create_pr" in str(caught.value)
