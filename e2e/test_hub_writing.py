"""Writes to a Hub in a folder with huggingface_hub, and reads back what it wrote.

Run by TestHubWriting (hub_writing_test.go), or by hand against a running `hfspark hub`:

    HF_ENDPOINT=http://127.0.0.1:8080 HF_HUB_DISABLE_XET=1 pytest e2e/test_hub_writing.py

The Hub has an empty root, --part-size 10000000, and the tokens hf_alice, hf_bob and hf_reader (alice's, for reading only). alice is an
admin of the organization acme.
"""

import concurrent.futures
import hashlib
import io
import itertools
import os
import pathlib
import random

import pytest

from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationCopy,
    CommitOperationDelete,
    HfApi,
    HfFileSystem,
    RepoFile,
    RepoFolder,
    hf_hub_download,
    snapshot_download,
)
from huggingface_hub.errors import (
    BadRequestError,
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

ALICE, BOB, READER = "hf_alice", "hf_bob", "hf_reader"
numbers = itertools.count()


class Repo:
    """A dataset repository, with the calls of HfApi bound to it."""

    def __init__(self, api, id):
        self.api, self.id = api, id

    def __getattr__(self, name):
        call = getattr(self.api, name)
        return lambda *args, **more: call(*args, repo_id=self.id, repo_type="dataset", **more)

    def as_(self, token):
        return Repo(HfApi(token=token), self.id)

    def sha(self, revision="main"):
        return self.api.dataset_info(self.id, revision=revision).sha

    def files(self, revision="main"):
        """The content of each file but .gitattributes."""
        folder = pathlib.Path(snapshot_download(self.id, repo_type="dataset", revision=revision, token=self.api.token))
        found = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        assert found.pop(".gitattributes")
        return found

    def titles(self, revision="main"):
        return [c.title for c in self.list_repo_commits(revision=revision)]

    def commit(self, *operations, message="a commit", **more):
        return self.create_commit(operations=list(operations), commit_message=message, **more)


@pytest.fixture(scope="session")
def api():
    return HfApi(token=ALICE)


@pytest.fixture
def repo(api):
    id = f"alice/repo{next(numbers)}"
    api.create_repo(id, repo_type="dataset")
    return Repo(api, id)


def add(path, content):
    return CommitOperationAdd(path, content)


def noise(size, seed=1):
    return random.Random(seed).randbytes(size)


def status(call, *args, **more):
    """The status with which a call fails."""
    with pytest.raises(HfHubHTTPError) as caught:
        call(*args, **more)
    return caught.value.response.status_code


# Repositories


def test_create_repo(api):
    url = api.create_repo("alice/created", repo_type="dataset", private=True)
    assert url.repo_id == "alice/created" and url.repo_type == "dataset" and url.endpoint == os.environ["HF_ENDPOINT"]
    assert str(url) == f"{os.environ['HF_ENDPOINT']}/datasets/alice/created"
    info = api.dataset_info("alice/created")
    assert info.private and info.author == "alice" and [s.rfilename for s in info.siblings] == [".gitattributes"]
    assert [c.title for c in api.list_repo_commits("alice/created", repo_type="dataset")] == ["initial commit"]
    assert status(api.create_repo, "alice/created", repo_type="dataset") == 409
    assert api.create_repo("alice/created", repo_type="dataset", exist_ok=True) == url
    assert api.create_repo("mine", repo_type="dataset").repo_id == "alice/mine"
    assert api.create_repo("acme/ours", repo_type="dataset").repo_id == "acme/ours"
    assert status(api.create_repo, "bob/his", repo_type="dataset") == 403
    assert status(HfApi(token=READER).create_repo, "alice/other", repo_type="dataset") == 403
    assert status(HfApi(token=False).create_repo, "alice/other", repo_type="dataset") == 401
    for name in ("alice/a--b", "alice/a..b", "alice/-a", "alice/a.", "alice/" + "a" * 97, "alice/a.git", "a/b/c"):
        with pytest.raises(HFValidationError):
            api.create_repo(name, repo_type="dataset")


def test_delete_repo(api, repo):
    repo.upload_file(path_or_fileobj=b"x", path_in_repo="x.parquet")
    assert status(repo.as_(BOB).delete_repo) == 403
    assert repo.repo_exists()
    repo.delete_repo()
    assert not repo.repo_exists()
    with pytest.raises(RepositoryNotFoundError):
        repo.delete_repo()
    repo.delete_repo(missing_ok=True)
    with pytest.raises(RepositoryNotFoundError):
        repo.upload_file(path_or_fileobj=b"x", path_in_repo="x")
    repo.create_repo()
    assert repo.files() == {}


def test_move_repo(api, repo):
    repo.commit(add("a.txt", b"a"), add("b.parquet", noise(5000)))
    sha = repo.sha()
    api.move_repo(repo.id, "acme/moved", repo_type="dataset")
    moved = Repo(api, "acme/moved")
    assert moved.sha() == sha and moved.files() == {"a.txt": b"a", "b.parquet": noise(5000)}
    assert api.dataset_info(repo.id).id == "acme/moved", "old names lead to the new one"
    assert pathlib.Path(hf_hub_download(repo.id, "a.txt", repo_type="dataset", token=ALICE)).read_bytes() == b"a"
    with pytest.raises(HfHubHTTPError):
        api.move_repo("acme/moved", "bob/taken", repo_type="dataset")
    assert moved.repo_exists()


def test_duplicate_repo(api, repo):
    repo.commit(add("a.txt", b"a"), add("b.parquet", noise(5000)))
    target = f"alice/copy{next(numbers)}"
    assert api.duplicate_repo(repo.id, target, repo_type="dataset").repo_id == target
    assert Repo(api, target).files() == repo.files()


def test_settings(repo):
    repo.update_repo_settings(private=True)
    with pytest.raises(RepositoryNotFoundError) as caught:
        repo.as_(BOB).repo_info()
    assert not isinstance(caught.value, GatedRepoError)
    repo.update_repo_settings(private=False, gated="manual")
    assert repo.as_(BOB).repo_info().gated == "manual"
    assert status(repo.as_(BOB).update_repo_settings, private=True) == 403


# Files


@pytest.mark.parametrize("kind", ["bytes", "path", "file"])
@pytest.mark.parametrize("path", ["notes.txt", "data/sub dir/ü \"#?%&+.csv", "data/train.parquet"])
def test_upload_file(repo, tmp_path, kind, path):
    content = noise(100_000)
    (tmp_path / "x").write_bytes(content)
    source = {"bytes": content, "path": tmp_path / "x", "file": io.BytesIO(content)}[kind]
    info = repo.upload_file(path_or_fileobj=source, path_in_repo=path)
    assert info.oid == repo.sha() and info.pr_url is None
    assert str(info) == info.commit_url or "/blob/main/" in str(info)
    assert repo.titles() == [f"Upload {path} with huggingface_hub", "initial commit"]
    assert repo.files() == {path: content}
    entry = repo.get_paths_info(paths=path)[0]
    assert entry.size == len(content) and bool(entry.lfs) == (path != "notes.txt" and path.endswith("parquet") or b"\0" in content[:512])


def test_empty_and_odd_files(repo):
    contents = {"empty.parquet": b"", "empty.txt": b"", "zero.txt": b"\0", "crlf.txt": b"a\r\nb\r\n", "a/b/c/d/e.txt": b"deep", "\U0001f917.txt": b"x", "a.git": b"x"}
    repo.commit(*(add(path, content) for path, content in contents.items()))
    assert repo.files() == contents


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """300 small files, and one of 64 MB, which is uploaded in parts."""
    root = tmp_path_factory.mktemp("folder")
    for i in range(300):
        path = root / f"d{i % 7}" / f"{i:03}.{['txt', 'parquet', 'json'][i % 3]}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"%d\n" % i * i)
    (root / "large.parquet").write_bytes(noise(64_000_000))
    return root


def test_upload_folder(repo, folder):
    info = repo.upload_folder(folder_path=folder, path_in_repo="data")
    assert info.oid == repo.sha()
    got = repo.files()
    assert len(got) == 301
    for path, content in got.items():
        assert content == (folder / path.removeprefix("data/")).read_bytes(), path
    large = repo.get_paths_info(paths=["data/large.parquet"])[0]
    assert large.lfs.sha256 == hashlib.sha256(got["data/large.parquet"]).hexdigest() and large.size == 64_000_000
    assert repo.upload_folder(folder_path=folder, path_in_repo="data").oid == info.oid, "nothing is new"
    assert len(repo.titles()) == 2
    repo.upload_folder(folder_path=folder, path_in_repo="data", allow_patterns="d0/*.txt", delete_patterns="*")
    assert all(path.startswith("data/d0/") and path.endswith(".txt") for path in repo.files())


def test_commit(repo):
    large, other = noise(25_000_000, 2), noise(3000)
    first = repo.commit(add("a.txt", b"a"), add("gone.txt", b"x"), add("gone/x.txt", b"x"), add("gone/y.parquet", other), add("data/large.parquet", large))
    second = repo.commit(
        add("new.txt", b"new"),
        CommitOperationCopy("data/large.parquet", "copies/large.parquet"),
        CommitOperationCopy("a.txt", "copies/a.txt"),
        CommitOperationDelete("gone.txt"),
        CommitOperationDelete("gone/"),
        message="add, copy and delete", commit_description="of all\nkinds", parent_commit=first.oid,
    )
    want = {"a.txt": b"a", "data/large.parquet": large, "new.txt": b"new", "copies/a.txt": b"a", "copies/large.parquet": large}
    assert repo.files() == want
    assert set(repo.files(first.oid)) == {"a.txt", "gone.txt", "gone/x.txt", "gone/y.parquet", "data/large.parquet"}
    repo.commit(CommitOperationCopy("gone/y.parquet", "back.parquet", src_revision=first.oid), CommitOperationDelete("copies", is_folder=True))
    del want["copies/a.txt"], want["copies/large.parquet"]
    assert repo.files() == {**want, "back.parquet": other}
    commits = repo.list_repo_commits()
    assert [c.title for c in commits] == ["a commit", "add, copy and delete", "a commit", "initial commit"]
    assert commits[1].commit_id == second.oid and commits[1].message == "of all\nkinds" and commits[1].authors == ["alice"]
    assert len(repo.list_repo_commits(revision=first.oid)) == 2


def test_copies_from_another_repository(api, repo):
    source = f"alice/source{next(numbers)}"
    api.create_repo(source, repo_type="dataset")
    Repo(api, source).commit(add("b.txt", b"b"), add("sub/c.csv", b"c"), add("sub/deep/d.csv", b"d"))
    api.copy_files(f"hf://datasets/{source}/sub/", f"hf://datasets/{repo.id}/copied/")
    api.copy_files(f"hf://datasets/{source}/b.txt", f"hf://datasets/{repo.id}/b.txt")
    assert repo.files() == {"copied/c.csv": b"c", "copied/deep/d.csv": b"d", "b.txt": b"b"}


def test_commits_that_change_nothing(repo):
    operations = {"a.txt": b"a", "b.parquet": noise(3000)}
    sha = repo.commit(*(add(path, content) for path, content in operations.items())).oid
    again = repo.commit(*(add(path, content) for path, content in operations.items()))
    assert again.oid == sha == repo.sha()
    assert repo.commit(CommitOperationCopy("a.txt", "a.txt")).oid == sha
    assert len(repo.titles()) == 2
    changed = repo.commit(add("a.txt", b"a"), add("c.txt", b"c"))
    assert changed.oid != sha and repo.files() == {**operations, "c.txt": b"c"}


def test_stale_parent(repo):
    first = repo.commit(add("a.txt", b"1"))
    second = repo.commit(add("a.txt", b"2"), parent_commit=first.oid)
    for operation in (add("b.txt", b"b"), add("b.parquet", b"b"), CommitOperationDelete("a.txt")):
        assert status(repo.commit, operation, parent_commit=first.oid) == 412
    assert repo.sha() == second.oid and repo.files() == {"a.txt": b"2"}


def test_commits_at_once(repo):
    """Of several commits on one parent one is made; without a parent all are."""
    parent = repo.sha()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        def commit(i):
            try:
                return repo.commit(add(f"{i}.txt", b"%d" % i), parent_commit=parent)
            except HfHubHTTPError as error:
                assert error.response.status_code in (409, 412)
        assert sum(info is not None for info in pool.map(commit, range(8))) == 1
        list(pool.map(lambda i: repo.commit(add(f"all/{i}.txt", b"%d" % i)), range(8)))
    assert {path for path in repo.files() if path.startswith("all/")} == {f"all/{i}.txt" for i in range(8)}


def test_refused_commits(repo):
    sha = repo.sha()
    with pytest.raises(EntryNotFoundError, match="A file with this name doesn't exist"):
        repo.commit(add("a.txt", b"a"), CommitOperationDelete("missing.txt"))
    with pytest.raises(EntryNotFoundError):
        repo.commit(CommitOperationCopy("missing.txt", "a.txt"))
    for path in ("../a.txt", "a/../../b.txt", ".git/config", "a/.cache/b", "."):
        with pytest.raises(ValueError):
            repo.commit(add(path, b"x"))
    with pytest.raises(ValueError, match="metadata"):
        repo.commit(add("README.md", b"---\nlicense: [\n---\n"))
    with pytest.raises(RevisionNotFoundError):
        repo.commit(add("a.txt", b"a"), revision="nowhere")
    assert status(repo.as_(READER).commit, add("a.txt", b"a")) == 403
    assert status(repo.as_(BOB).commit, add("a.parquet", b"a")) == 403
    with pytest.raises(HfHubHTTPError):
        repo.as_(False).commit(add("a.txt", b"a"))
    assert repo.sha() == sha and repo.files() == {}


def test_delete_files(repo):
    repo.commit(*(add(path, b"x") for path in ("a.txt", "b.txt", "d/a.csv", "d/b.csv", "e/x.csv", "e/f/y.csv")))
    repo.delete_file(path_in_repo="a.txt")
    repo.delete_files(delete_patterns=["d/*.csv"])
    repo.delete_folder(path_in_repo="e/f")
    assert set(repo.files()) == {"b.txt", "e/x.csv"}
    assert repo.titles()[0:3:2] == ["Delete folder e/f with huggingface_hub", "Delete a.txt with huggingface_hub"]


# Revisions


def test_branches_and_tags(repo):
    first = repo.commit(add("a.txt", b"1")).oid
    second = repo.commit(add("a.txt", b"2")).oid
    repo.create_branch(branch="feat/x", revision=first)
    repo.create_branch(branch="later")
    repo.create_tag(tag="v1", revision=first, tag_message="the first")
    repo.create_tag(tag="v2")
    assert [repo.sha(r) for r in ("feat/x", "later", "v1", "v2", first[:8])] == [first, second, first, second, first]
    repo.commit(add("b.txt", b"b"), revision="feat/x")
    assert repo.files("feat/x") == {"a.txt": b"1", "b.txt": b"b"} and repo.files() == {"a.txt": b"2"}
    refs = repo.list_repo_refs()
    assert {b.name for b in refs.branches} == {"main", "feat/x", "later"} and {t.name: t.target_commit for t in refs.tags} == {"v1": first, "v2": second}
    assert status(repo.create_branch, branch="later") == 409 and status(repo.create_tag, tag="v1") == 409
    repo.create_branch(branch="later", exist_ok=True)
    repo.create_tag(tag="v1", exist_ok=True)
    with pytest.raises(RevisionNotFoundError):
        repo.create_branch(branch="nothing", revision="nowhere")
    with pytest.raises(BadRequestError):
        repo.create_branch(branch="refs/pr/5")
    with pytest.raises(HfHubHTTPError, match="Cannot delete refs/heads/main"):
        repo.delete_branch(branch="main")
    repo.delete_branch(branch="feat/x")
    repo.delete_tag(tag="v1")
    with pytest.raises(RevisionNotFoundError):
        repo.repo_info(revision="feat/x")
    assert not repo.revision_exists(revision="v1")
    assert status(repo.as_(BOB).create_branch, branch="b") == 403


def test_pull_requests(repo):
    sha = repo.sha()
    info = repo.commit(add("a.parquet", noise(4000)), message="please", create_pr=True)
    assert info.pr_num == 1 and info.pr_revision == "refs/pr/1" and info.pr_url.endswith("/discussions/1")
    assert repo.sha() == sha and repo.files("refs/pr/1") == {"a.parquet": noise(4000)}
    theirs = repo.as_(BOB).upload_file(path_or_fileobj=b"b", path_in_repo="b.txt", create_pr=True)
    assert theirs.pr_num == 2
    repo.upload_file(path_or_fileobj=b"c", path_in_repo="c.txt", revision="refs/pr/1")
    repo.merge_pull_request(discussion_num=1)
    assert repo.files() == {"a.parquet": noise(4000), "c.txt": b"c"}
    repo.merge_pull_request(discussion_num=2)
    assert set(repo.files()) == {"a.parquet", "b.txt", "c.txt"}
    draft = repo.create_pull_request(title="a draft", description="text")
    assert draft.num == 3 and draft.status == "draft" and draft.is_pull_request
    refs = repo.list_repo_refs(include_pull_requests=True)
    assert {r.ref for r in refs.pull_requests} == {"refs/pr/1", "refs/pr/2", "refs/pr/3"}
    repo.comment_discussion(discussion_num=3, comment="no")
    repo.change_discussion_status(discussion_num=3, new_status="closed")
    found = {d.num: (d.title, d.status) for d in repo.get_repo_discussions()}
    assert found[1] == ("please", "merged") and found[3] == ("a draft", "closed")
    assert status(repo.as_(BOB).merge_pull_request, discussion_num=3) in (400, 403)


def test_squash(repo):
    for i in range(3):
        repo.commit(add("a.txt", b"%d" % i))
    repo.super_squash_history(commit_message="all in one")
    assert repo.titles() == ["all in one"] and repo.files() == {"a.txt": b"2"}


def test_listing(repo):
    paths = [f"d{i % 3}/{i:04}.txt" for i in range(1500)]
    repo.commit(*(add(path, path.encode()) for path in paths))
    everything = list(repo.list_repo_tree(recursive=True))
    assert [e.path for e in everything if isinstance(e, RepoFolder)] and sorted(e.path for e in everything if isinstance(e, RepoFile)) == sorted([*paths, ".gitattributes"])
    for e in everything[:50]:
        if isinstance(e, RepoFile) and e.path in paths:
            assert e.blob_id == hashlib.sha1(b"blob %d\0" % len(e.path) + e.path.encode()).hexdigest()
    assert len(list(repo.list_repo_tree(path_in_repo="d1"))) == 500
    assert {e.path for e in repo.list_repo_tree(expand=True) if e.last_commit.title == "a commit"} == {"d0", "d1", "d2"}
    with pytest.raises(EntryNotFoundError):
        list(repo.list_repo_tree(path_in_repo="nope"))
    assert repo.list_repo_files(revision="main")[0] and repo.file_exists(filename="d0/0000.txt")


# File system


def test_file_system(repo):
    fs = HfFileSystem(token=ALICE, skip_instance_cache=True)
    base = f"datasets/{repo.id}"
    data = noise(3_000_000)
    with fs.open(f"{base}/data/a.parquet", "wb") as f:
        for i in range(0, len(data), 700_000):
            f.write(data[i : i + 700_000])
    with fs.open(f"{base}/notes.txt", "w") as f:
        f.write("ünï\n")
    fs.pipe(f"{base}/data/b.csv", b"x\n1\n")
    assert fs.read_text(f"{base}/notes.txt") == "ünï\n"
    assert fs.cat_file(f"hf://{base}@main/data/a.parquet", start=1_000_000, end=1_000_010) == data[1_000_000:1_000_010]
    with fs.open(f"{base}/data/a.parquet", block_size=1 << 16) as f:
        f.seek(-5, 2)
        assert f.read() == data[-5:]
    assert sorted(fs.glob(f"{base}/**/*.[cp]*")) == [f"{base}/data/a.parquet", f"{base}/data/b.csv"]
    fs.cp_file(f"{base}/data/a.parquet", f"{base}/copy/a.parquet")
    fs.cp_file(f"{base}/notes.txt", f"{base}/copy/notes.txt")
    fs.mv(f"{base}/data/b.csv", f"{base}/moved.csv")
    assert repo.files() == {"data/a.parquet": data, "notes.txt": "ünï\n".encode(), "copy/a.parquet": data, "copy/notes.txt": "ünï\n".encode(), "moved.csv": b"x\n1\n"}
    fs.rm(f"{base}/copy", recursive=True)
    fs.rm(f"{base}/notes.txt")
    assert sorted(fs.find(base)) == [f"{base}/.gitattributes", f"{base}/data/a.parquet", f"{base}/moved.csv"]
    assert fs.modified(f"{base}/moved.csv").year >= 2020
    with pytest.raises(EntryNotFoundError):
        fs.rm(f"{base}/nope.txt")
    with pytest.raises(FileNotFoundError):
        fs.cat_file(f"{base}@nowhere/data/a.parquet")
    with pytest.raises(HfHubHTTPError):
        HfFileSystem(token=BOB, skip_instance_cache=True).pipe(f"{base}/x.txt", b"x")
    with pytest.raises(FileNotFoundError):
        fs.ls("datasets/alice/nothing-here")


# Access


def test_private(api):
    id = f"alice/private{next(numbers)}"
    api.create_repo(id, repo_type="dataset", private=True)
    mine = Repo(api, id)
    mine.commit(add("a.parquet", b"secret"))
    for token in (False, BOB):
        theirs = mine.as_(token)
        for call in (
            theirs.repo_info, theirs.list_repo_refs, theirs.list_repo_commits, lambda: list(theirs.list_repo_tree()), lambda: theirs.commit(add("x.txt", b"x")),
            lambda: theirs.create_branch(branch="x"), theirs.delete_repo, lambda: hf_hub_download(id, "a.parquet", repo_type="dataset", token=token),
            lambda: theirs.create_pull_request(title="x"), lambda: theirs.update_repo_settings(private=False), theirs.auth_check,
        ):
            with pytest.raises(RepositoryNotFoundError) as caught:
                call()
            assert not isinstance(caught.value, GatedRepoError)
    assert mine.as_(READER).files() == {"a.parquet": b"secret"}
    assert id not in [d.id for d in HfApi(token=BOB).list_datasets(author="alice")] and id in [d.id for d in api.list_datasets(author="alice")]


def test_gated(repo):
    repo.commit(add("a.parquet", b"for members"), add("README.md", b"# Gated\n"))
    repo.update_repo_settings(gated="manual")
    for token in (False, BOB):
        assert repo.as_(token).repo_info().gated == "manual"
        for path in ("a.parquet", "README.md"):
            with pytest.raises(GatedRepoError):
                hf_hub_download(repo.id, path, repo_type="dataset", token=token)
        with pytest.raises(GatedRepoError):
            snapshot_download(repo.id, repo_type="dataset", token=token)
        with pytest.raises(GatedRepoError):
            repo.as_(token).auth_check()
    repo.grant_access(user="bob")
    assert repo.as_(BOB).files() == {"a.parquet": b"for members", "README.md": b"# Gated\n"}
    assert [r.username for r in repo.list_accepted_access_requests()] == ["bob"]


def test_lfs_files(repo):
    repo.commit(add("a.parquet", noise(5000)), add("b.txt", b"b"))
    found = list(repo.list_lfs_files())
    assert [(f.filename, f.size, f.oid) for f in found] == [("a.parquet", 5000, hashlib.sha256(noise(5000)).hexdigest())]
