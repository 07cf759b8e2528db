// @vitest-environment node
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { Artifact } from "../../src/model/view";
import { Evidence, fileOf, type Origins } from "../../src/page/evidence";

const text = (words: string) => new Uint8Array(new TextEncoder().encode(words));
const hashOf = (words: string) => `sha256:${createHash("sha256").update(words).digest("hex")}`;

function artifact(id: string, words: string, more: Partial<Artifact> = {}): Artifact {
  const facts = { type: "log", url: "", name: id, mediaType: "text/plain", caption: "" } as const;
  const file = `${id}.log`;
  return { ...facts, id, file, hash: hashOf(words), size: 4, author: "", timestamp: 0, ...more };
}

function evidence(files: Record<string, string>, given: Record<string, string> = {}) {
  const reads: string[] = [];
  const origins: Origins = {
    async folder(file) {
      reads.push(file);
      return file in files ? text(files[file]!) : null;
    },
    async peers(hash) {
      return hash in given ? new Blob([given[hash]!]) : null;
    },
  };
  return { reads, made: new Evidence(origins, () => {}) };
}

const states = (made: Evidence) =>
  Object.fromEntries(Object.entries(made.states).map(([id, { state }]) => [id, state]));

test("each file is compared with the recorded hash, and peers give what is not there", async () => {
  const { made } = evidence({ "same.log": "one", "other.log": "two" }, { [hashOf("far")]: "far" });
  made.look([
    artifact("same", "one"),
    artifact("other", "three"),
    artifact("gone", "four"),
    artifact("far", "far"),
    artifact("bare", "one", { file: "same.log", hash: undefined }),
    artifact("bad", "one", { file: "../same.log" }),
  ]);
  await expect
    .poll(() => states(made))
    .toEqual({
      same: "verified",
      other: "mismatch",
      gone: "missing",
      far: "verified",
      bare: "mismatch",
      bad: "missing",
    });
  expect(made.states.other?.detail).toContain("other.log has the hash sha256:");
});

test("only what has the recorded hash is given out, under a type that a page may show", async () => {
  const { made, reads } = evidence({ "a.log": "one", "b.log": "two" });
  const html = artifact("a", "one", { mediaType: "text/html" });
  made.look([html, artifact("b", "three")]);
  const content = await made.content("a");
  expect(content.mediaType).toBe("application/octet-stream");
  expect(await (await fetch(content.url)).text()).toBe("one");
  expect((await made.content("a")).url).toBe(content.url);
  await expect(made.content("b")).rejects.toMatchObject({ code: "integrity" });
  await expect(made.content("c")).rejects.toMatchObject({ code: "not_found" });
  expect(await (await made.held(hashOf("one")))?.text()).toBe("one");
  expect(await made.held(hashOf("three"))).toBeNull();
  expect(reads.sort()).toEqual(["a.log", "b.log"]);
  made.close();
});

test("what is large is checked when it is opened, and what was missing when it is looked for again", async () => {
  const files: Record<string, string> = { "big.log": "one" };
  const { made, reads } = evidence(files);
  made.look([artifact("big", "one", { size: 50_000_000 }), artifact("late", "two")]);
  await expect.poll(() => states(made).late).toBe("missing");
  expect(states(made).big).toBe("checking");
  expect(reads).toEqual(["late.log"]);
  files["late.log"] = "two";
  made.again();
  await made.content("big");
  await expect.poll(() => states(made)).toEqual({ big: "verified", late: "verified" });
});

test("the file of an artifact is what it says, or the end of its URL", () => {
  const none = { file: "", url: "https://raw.example/x/a%20b.png?ref=1#y" };
  expect(fileOf(artifact("a", "", none))).toBe("a b.png");
  expect(fileOf(artifact("a", "", { file: "plan.json" }))).toBe("");
  expect(fileOf(artifact("a", "", { file: "", url: "https://raw.example/x/%2e%2e" }))).toBe("");
});
