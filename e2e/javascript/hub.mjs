// Writes to a Hub in a folder with @huggingface/hub, and reads back what it wrote.
//
// Run by TestJavaScript (hub_javascript_test.go), or by hand against a running `hfspark hub` that has an empty root, --part-size 5000000
// and the tokens hf_alice and hf_bob:
//
//     HF_ENDPOINT=http://127.0.0.1:8080 HFSPARK_NODE=.venv/node node e2e/javascript/hub.mjs

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { before, after, test } from "node:test";
import { pathToFileURL } from "node:url";

const hub = createRequire(join(resolve(process.env.HFSPARK_NODE), "/"))("@huggingface/hub");
const hubUrl = process.env.HF_ENDPOINT;
const name = { type: "dataset", name: "alice/javascript" };
const alice = { repo: name, hubUrl, accessToken: "hf_alice" };
const bob = { repo: name, hubUrl, accessToken: "hf_bob" };

const contents = {
	"README.md": Buffer.from("---\nlicense: mit\n---\n# JavaScript\n"),
	"empty.txt": Buffer.alloc(0),
	"empty.parquet": Buffer.alloc(0),
	"data/small.parquet": randomBytes(3000),
	"data/large.parquet": randomBytes(23_000_000),
	"data/sub dir/ü.csv": Buffer.from("x\n1\n"),
};
let folder;
before(async () => {
	folder = await mkdtemp(join(tmpdir(), "hub-javascript-"));
});
after(() => rm(folder, { recursive: true }));

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const all = async (generator) => {
	const out = [];
	for await (const item of generator) out.push(item);
	return out;
};
const files = async (more = {}) =>
	(await all(hub.listFiles({ ...alice, recursive: true, ...more }))).filter((e) => e.type === "file" && e.path !== ".gitattributes");
const paths = async (more) => (await files(more)).map((e) => e.path).sort();
async function download(path, more = {}) {
	const blob = await hub.downloadFile({ ...alice, path, ...more });
	return blob && Buffer.from(await blob.arrayBuffer());
}
const status = (code) => (error) => {
	assert.equal(error.statusCode, code, error);
	return true;
};

test("the tests follow each other", async (t) => {
	let first;
	await t.test("create", async () => {
		const made = await hub.createRepo(alice);
		assert.equal(made.repoUrl, `${hubUrl}/datasets/alice/javascript`);
		assert.deepEqual(await paths(), []);
		await assert.rejects(hub.createRepo(alice), status(409));
		await assert.rejects(hub.createRepo({ ...bob, repo: { type: "dataset", name: "alice/other" } }), status(403));
		await hub.createRepo({ ...alice, repo: { type: "dataset", name: "alice/private" }, private: true });
		await assert.rejects(hub.datasetInfo({ ...bob, name: "alice/private" }), status(404));
		assert.equal((await hub.datasetInfo({ ...alice, name: "alice/private" })).private, true);
		assert.equal((await hub.whoAmI(alice)).name, "alice");
		assert(await hub.repoExists(alice));
		assert(!(await hub.repoExists({ ...alice, repo: { type: "dataset", name: "alice/nothing" } })));
	});

	await t.test("upload", async () => {
		const operations = Object.entries(contents).map(([path, bytes]) => ({ operation: "addOrUpdate", path, content: new Blob([bytes]) }));
		const made = await hub.commit({ ...alice, title: "everything", description: "at once", operations });
		first = made.commit.oid;
		assert.match(made.commit.url, /\/datasets\/alice\/javascript\/commit\/[0-9a-f]{40}$/);
		assert.deepEqual(await paths(), Object.keys(contents).sort());
	});

	await t.test("list", async () => {
		for (const entry of await files()) {
			const bytes = contents[entry.path];
			assert.equal(entry.size, bytes.length, entry.path);
			if (entry.path.endsWith(".parquet") && bytes.length) assert.equal(entry.lfs.oid, sha256(bytes));
			else assert.equal(entry.oid, createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex"));
		}
		const top = await all(hub.listFiles({ ...alice, expand: true }));
		assert.deepEqual(top.map((e) => e.path).sort(), [".gitattributes", "README.md", "data", "empty.parquet", "empty.txt"]);
		assert.equal(top.find((e) => e.path === "data").lastCommit.title, "everything");
		const found = await hub.pathsInfo({ ...alice, paths: ["data", "README.md", "nothing"] });
		assert.deepEqual(found.map((e) => [e.path, e.type]).sort(), [["README.md", "file"], ["data", "directory"]]);
		assert.deepEqual((await all(hub.listDatasets({ hubUrl, search: { owner: "alice" } }))).map((d) => d.name), ["alice/javascript"]);
	});

	await t.test("download", async () => {
		for (const [path, bytes] of Object.entries(contents)) {
			const got = await download(path);
			assert(got?.equals(bytes), `${path}: ${got?.length} bytes`);
		}
		assert.equal(await download("nothing.txt"), null);
		assert.equal(await hub.fileExists({ ...alice, path: "empty.txt" }), true);
		assert.equal(await hub.fileExists({ ...alice, path: "nothing.txt" }), false);
		const part = (await hub.downloadFile({ ...alice, path: "data/large.parquet" })).slice(1_000_000, 1_000_100);
		assert(Buffer.from(await part.arrayBuffer()).equals(contents["data/large.parquet"].subarray(1_000_000, 1_000_100)));
		assert.match((await download("data/small.parquet", { raw: true })).toString(), /^version https:\/\/git-lfs.github.com\/spec\/v1\n/);
		const info = await hub.fileDownloadInfo({ ...alice, path: "data/large.parquet" });
		assert.equal(info.size, 23_000_000);
		const snapshot = await hub.snapshotDownload({ ...alice, cacheDir: join(folder, "cache") });
		for (const [path, bytes] of Object.entries(contents)) assert((await readFile(join(snapshot, path))).equals(bytes), path);
	});

	await t.test("files of this machine, and progress", async () => {
		const path = join(folder, "local.parquet");
		await writeFile(path, contents["data/large.parquet"].subarray(5));
		await hub.uploadFile({ ...alice, file: { path: "local.parquet", content: pathToFileURL(path) } });
		assert((await download("local.parquet")).equals(contents["data/large.parquet"].subarray(5)));
		const events = await all(
			hub.uploadFilesWithProgress({ ...alice, files: [{ path: "progress.parquet", content: new Blob([contents["data/small.parquet"]]) }] }),
		);
		assert(events.length > 0 && (await download("progress.parquet")).equals(contents["data/small.parquet"]));
	});

	await t.test("delete, and parents", async () => {
		await hub.deleteFiles({ ...alice, paths: ["local.parquet", "progress.parquet"] });
		await hub.deleteFile({ ...alice, path: "empty.txt" });
		assert(!(await paths()).includes("empty.txt") && (await paths({ revision: first })).includes("empty.txt"));
		const stale = { ...alice, title: "stale", parentCommit: first, operations: [{ operation: "delete", path: "README.md" }] };
		await assert.rejects(hub.commit(stale), status(412));
		const absent = [{ operation: "delete", path: "nothing.txt" }];
		await assert.rejects(hub.commit({ ...alice, title: "nothing", operations: absent }), status(404));
		await assert.rejects(hub.deleteFile({ ...bob, path: "README.md" }), status(403));
	});

	await t.test("branches and pull requests", async () => {
		await hub.createBranch({ ...alice, branch: "dev", revision: first });
		await hub.uploadFile({ ...alice, branch: "dev", file: { path: "dev.txt", content: new Blob(["dev"]) } });
		assert.deepEqual(await paths({ revision: "dev" }), [...Object.keys(contents), "dev.txt"].sort());
		await assert.rejects(hub.createBranch({ ...alice, branch: "dev" }), status(409));
		await hub.createBranch({ ...alice, branch: "dev", overwrite: true });
		assert((await paths({ revision: "dev" })).includes("dev.txt"), "without a revision it stays where it is");
		await hub.createBranch({ ...alice, branch: "dev", revision: "main", overwrite: true });
		assert.deepEqual(await paths({ revision: "dev" }), await paths());
		await hub.createBranch({ ...alice, branch: "blank", empty: true });
		assert.deepEqual(await paths({ revision: "blank" }), []);
		await hub.deleteBranch({ ...alice, branch: "dev" });
		await assert.rejects(paths({ revision: "dev" }), status(404));
		const asked = await hub.uploadFile({ ...bob, isPullRequest: true, file: { path: "bob.txt", content: new Blob(["bob"]) } });
		assert.match(asked.pullRequestUrl, /\/discussions\/1$/);
		assert((await paths({ revision: "refs/pr/1" })).includes("bob.txt") && !(await paths()).includes("bob.txt"));
		const titles = (await all(hub.listCommits(alice))).map((c) => c.title);
		assert.deepEqual(titles.slice(-2), ["everything", "initial commit"]);
		assert.equal(await hub.countCommits(alice), titles.length);
	});

	await t.test("delete the repository", async () => {
		await assert.rejects(hub.deleteRepo(bob), status(403));
		await hub.deleteRepo(alice);
		assert(!(await hub.repoExists(alice)));
	});
});
