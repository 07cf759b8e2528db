// @vitest-environment node
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { Artifacts } from "../../src/sync/artifacts";
import { Bulk } from "../../src/sync/bulk";
import type { PairLink } from "../../src/sync/channel";
import { links } from "./wires";

function artifact(size: number, seed = 7): { hash: string; blob: Blob } {
  const bytes = new Uint8Array(size).map((_, index) => (index * seed + (index >> 8)) & 255);
  const hash = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  return { hash, blob: new Blob([bytes]) };
}

/** A source that has these artifacts, as the other end of a link sees it. */
function source(has: Record<string, Blob>): { bulk: Bulk; link: PairLink } {
  const [near, far] = links();
  const giving = new Bulk(far.bulk, async (hash) => has[hash] ?? null, far.offered);
  const bulk = new Bulk(near.bulk, async () => null, near.offered);
  void giving.run();
  void bulk.run();
  return { bulk, link: near };
}

async function text(blob: Blob): Promise<string> {
  return Buffer.from(await blob.arrayBuffer()).toString("base64");
}

test("an artifact comes whole, and tells how far it is", async () => {
  const { hash, blob } = artifact(200_000);
  const { bulk } = source({ [hash]: blob });
  const told: number[] = [];
  const artifacts = new Artifacts(() => [bulk]);
  const got = await artifacts.fetch(hash, { size: 200_000, progress: (here) => told.push(here) });
  expect(await text(got)).toBe(await text(blob));
  expect(told.at(-1)).toBe(200_000);
  expect(told.length).toBeGreaterThan(10);
});

test("an empty artifact comes too", async () => {
  const { hash, blob } = artifact(0);
  const got = await new Artifacts(() => [source({ [hash]: blob }).bulk]).fetch(hash);
  expect(got.size).toBe(0);
});

test("who does not have it is passed over", async () => {
  const { hash, blob } = artifact(1000);
  const sources = [source({}).bulk, source({ [hash]: blob }).bulk];
  expect((await new Artifacts(() => sources).fetch(hash)).size).toBe(1000);
});

test("nobody has it", async () => {
  const { hash } = artifact(1000);
  const artifacts = new Artifacts(() => [source({}).bulk]);
  await expect(artifacts.fetch(hash)).rejects.toMatchObject({ code: "not_found" });
});

test("it goes on with somebody else where the first was cut off", async () => {
  const { hash, blob } = artifact(500_000);
  const [first, second] = [source({ [hash]: blob }), source({ [hash]: blob })];
  const told: number[] = [];
  const progress = (here: number) => {
    told.push(here);
    if (told.length === 5) first.link.close();
  };
  const artifacts = new Artifacts(() => [first.bulk, second.bulk]);
  expect((await artifacts.fetch(hash, { progress })).size).toBe(500_000);
  expect(told).toEqual([...told].sort((one, other) => one - other));
});

test("bytes with another hash are not given out, and the next is asked", async () => {
  const { hash, blob } = artifact(100_000);
  const wrong = artifact(100_000, 9).blob;
  const liar = source({ [hash]: wrong }).bulk;
  await expect(new Artifacts(() => [liar]).fetch(hash)).rejects.toMatchObject({
    code: "integrity",
  });
  const honest = source({ [hash]: blob }).bulk;
  const got = await new Artifacts(() => [liar, honest]).fetch(hash);
  expect(await text(got)).toBe(await text(blob));
});

test("what begins wrong and goes on right is fetched anew", async () => {
  const { hash, blob } = artifact(300_000);
  const liar = source({ [hash]: artifact(300_000, 9).blob });
  const honest = source({ [hash]: blob });
  const progress = (here: number) => {
    if (here > 60_000) liar.link.close();
  };
  const artifacts = new Artifacts(() => [liar.bulk, honest.bulk]);
  expect(await text(await artifacts.fetch(hash, { progress }))).toBe(await text(blob));
});

test("more than the plan says is not taken", async () => {
  const { hash, blob } = artifact(100_000);
  const artifacts = new Artifacts(() => [source({ [hash]: blob }).bulk]);
  await expect(artifacts.fetch(hash, { size: 50_000 })).rejects.toMatchObject({
    code: "too_large",
  });
});

test("it can be given up", async () => {
  const { hash, blob } = artifact(1_000_000);
  const abort = new AbortController();
  const artifacts = new Artifacts(() => [source({ [hash]: blob }).bulk]);
  const progress = () => abort.abort();
  const fetching = artifacts.fetch(hash, { signal: abort.signal, progress });
  await expect(fetching).rejects.toMatchObject({ name: "AbortError" });
});

test.each([
  ["no JSON", "{"],
  ["no object", "7"],
  ["no id", '{"type":"want"}'],
  ["an id that is too large", '{"type":"want","id":4294967296}'],
  ["a long text", `{"type":"stop","id":1,"x":"${"x".repeat(2000)}"}`],
  ["an empty piece", new Uint8Array(4)],
])("%s ends the channel", async (_, message) => {
  const [near, far] = links();
  const running = new Bulk(near.bulk, async () => null, true).run();
  await far.bulk.send(message);
  await expect(running).rejects.toMatchObject({ code: "protocol" });
});

test("at most four are given at a time", async () => {
  const [near, far] = links();
  const running = new Bulk(near.bulk, () => new Promise(() => {}), true).run();
  const { hash } = artifact(1);
  for (let id = 1; id <= 5; id += 1) {
    await far.bulk.send(JSON.stringify({ type: "want", id, hash, offset: 0 }));
  }
  await expect(running).rejects.toMatchObject({ code: "protocol" });
});

test("who asks for nonsense is told that it is not here", async () => {
  const [near, far] = links();
  void new Bulk(near.bulk, async () => new Blob(["secret"]), true).run();
  await far.bulk.send('{"type":"want","id":2,"hash":"../../etc/passwd","offset":0}');
  expect(await far.bulk.receive()).toBe('{"type":"lack","id":2}');
});
