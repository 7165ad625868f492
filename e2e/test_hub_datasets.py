"""Pushes datasets to a Hub in a folder with `datasets`, and loads them again.

Run by TestHubDatasets (hub_writing_test.go), or by hand as told in test_hub_writing.py, with HF_TOKEN=hf_alice.
"""

import itertools

import pytest

import datasets
import pyarrow.parquet
from datasets import Dataset, DatasetDict, load_dataset
from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import RepositoryNotFoundError

numbers = itertools.count()


@pytest.fixture
def repo():
    return f"alice/pushed{next(numbers)}"


def rows(n, first=0):
    return [{"id": first + i, "text": f"row {first + i} ü", "scores": [i / 4, None], "about": {"even": i % 2 == 0}} for i in range(n)]


def data_files(repo, revision="main"):
    return sorted(f for f in HfApi().list_repo_files(repo, repo_type="dataset", revision=revision) if f.endswith(".parquet"))


def shards(folder, split, n):
    return [f"{folder}/{split}-{i:05}-of-{n:05}.parquet" for i in range(n)]


def loaded(repo, *config, split="train", **more):
    """The rows of a split, which are the same when they are streamed and when they are not."""
    whole = load_dataset(repo, *config, split=split, download_mode="force_redownload", **more).to_list()
    assert list(load_dataset(repo, *config, split=split, streaming=True, **more)) == whole
    return whole


def test_shards_splits_and_configs(repo):
    train, test, other, fewer = rows(500), rows(20, 1000), rows(30, 2000), rows(100, 3000)
    info = Dataset.from_list(train).push_to_hub(repo, num_shards=4, commit_message="first")
    assert info.oid == HfApi().dataset_info(repo).sha
    assert data_files(repo) == shards("data", "train", 4)
    assert loaded(repo) == train

    Dataset.from_list(test).push_to_hub(repo, split="test", num_shards=2)
    assert data_files(repo) == shards("data", "test", 2) + shards("data", "train", 4)
    assert loaded(repo) == train and loaded(repo, split="test") == test

    Dataset.from_list(other).push_to_hub(repo, "other", num_shards=3)
    assert data_files(repo) == shards("data", "test", 2) + shards("data", "train", 4) + shards("other", "train", 3)
    assert datasets.get_dataset_config_names(repo) == ["default", "other"]
    assert datasets.get_dataset_split_names(repo, "default") == ["train", "test"]
    assert loaded(repo, "other") == other and loaded(repo, "default") == train

    Dataset.from_list(fewer).push_to_hub(repo, num_shards=1)
    assert data_files(repo) == shards("data", "test", 2) + shards("data", "train", 1) + shards("other", "train", 3)
    assert loaded(repo) == fewer and loaded(repo, split="test") == test and loaded(repo, "other") == other
    assert loaded(repo, revision=info.oid) == train, "the first version is still there"
    card = HfApi().dataset_info(repo).card_data
    assert {i["config_name"]: {s["name"]: s["num_examples"] for s in i["splits"]} for i in card["dataset_info"]} == {
        "default": {"train": 100, "test": 20}, "other": {"train": 30},
    }


def test_dict_in_one_commit(repo):
    DatasetDict({"train": Dataset.from_list(rows(50)), "validation": Dataset.from_list(rows(5, 100))}).push_to_hub(repo, num_shards={"train": 2, "validation": 1})
    assert data_files(repo) == shards("data", "train", 2) + shards("data", "validation", 1)
    assert loaded(repo) == rows(50) and loaded(repo, split="validation") == rows(5, 100)
    assert load_dataset(repo, split="train+validation").num_rows == 55
    table = pyarrow.parquet.read_table(hf_hub_download(repo, data_files(repo)[0], repo_type="dataset"))
    assert table.num_rows == 25 and table["id"].to_pylist() == list(range(25))


def test_many_shards_take_several_commits(repo):
    Dataset.from_list(rows(120)).push_to_hub(repo, num_shards=60)
    assert data_files(repo) == shards("data", "train", 60)
    assert len(HfApi().list_repo_commits(repo, repo_type="dataset")) == 4
    assert loaded(repo) == rows(120)


def test_branches_and_pull_requests(repo, tmp_path):
    Dataset.from_list(rows(10)).push_to_hub(repo, private=True)
    Dataset.from_list(rows(20)).push_to_hub(repo, revision="more")
    info = Dataset.from_list(rows(30)).push_to_hub(repo, create_pr=True)
    assert info.pr_revision == "refs/pr/1"
    Dataset.from_list(rows(40)).push_to_hub(repo, revision="refs/pr/1")
    assert [len(loaded(repo, revision=r)) for r in ("main", "more", "refs/pr/1")] == [10, 20, 40]
    with pytest.raises((datasets.exceptions.DatasetNotFoundError, RepositoryNotFoundError)):  # The second when it has the README already.
        load_dataset(repo, token="hf_bob", cache_dir=tmp_path)


def test_stream_to_hub(repo):
    Dataset.from_list(rows(60)).to_iterable_dataset(num_shards=3).push_to_hub(repo)
    assert data_files(repo) == shards("data", "train", 3)
    assert loaded(repo) == rows(60)


def test_files_by_path(repo):
    Dataset.from_list(rows(8)).push_to_hub(repo)
    Dataset.from_list(rows(3)).to_csv(f"hf://datasets/{repo}/extra/a.csv")
    Dataset.from_list(rows(4)).to_parquet(f"hf://datasets/{repo}/extra/b.parquet")
    got = load_dataset("parquet", data_files=f"hf://datasets/{repo}/extra/b.parquet", split="train")
    assert got.to_list() == rows(4)
    assert load_dataset("csv", data_files=f"hf://datasets/{repo}/extra/*.csv", split="train")["id"][:] == [0, 1, 2]


def test_reads_as_bucket(repo):
    train = rows(50)
    Dataset.from_list(train).push_to_hub(repo, num_shards=2)
    for path in [f"buckets/{repo}", f"hf://buckets/{repo}/data"]:
        assert list(load_dataset(path, split="train", streaming=True)) == train
    with pytest.raises(datasets.exceptions.DatasetNotFoundError):
        load_dataset(f"buckets/{repo}/nowhere", streaming=True)
    with pytest.raises(datasets.exceptions.DatasetNotFoundError):
        load_dataset("buckets/alice/nothing", streaming=True)


def test_refusals(repo):
    for token in ("hf_bob", "hf_reader"):
        with pytest.raises(Exception) as caught:
            Dataset.from_list(rows(3)).push_to_hub(repo, token=token)
        assert "403" in str(caught.value)
    assert not HfApi().repo_exists(repo, repo_type="dataset")
    with pytest.raises(datasets.exceptions.DatasetNotFoundError):
        load_dataset(repo)
