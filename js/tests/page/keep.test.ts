// @vitest-environment node
import "fake-indexeddb/auto";
import { expect, test } from "vitest";
import { newId } from "../../src/model/ids";
import type { SentOperation } from "../../src/model/view";
import { openDatabase } from "../../src/page/database";
import { Keep } from "../../src/page/keep";

const bytes = (...numbers: number[]) => new Uint8Array(numbers);

function reply(): SentOperation {
  return { op: "reply", id: newId(), at: 1, annotationId: "a", content: "yes" };
}

async function kept(plan = newId()) {
  const database = await openDatabase();
  const open = (id = plan) => new Keep(database, id);
  return { database, open, keep: open() };
}

test("updates are there for the next page, in their order, and other plans' are not", async () => {
  const { open, keep } = await kept();
  await open("other").append(bytes(9));
  for (const number of [1, 2, 3]) await keep.append(bytes(number));
  expect((await open().load()).updates).toEqual([bytes(1), bytes(2), bytes(3)]);
});

test("an operation leaves the outbox with the update that it made", async () => {
  const { open, keep } = await kept();
  const [first, second] = [reply(), reply()];
  for (const one of [first, second]) await keep.hold(one);
  await keep.append(bytes(1), first);
  expect((await open().load()).outbox).toEqual([second]);
  await keep.release(second.id);
  expect((await open().load()).outbox).toEqual([]);
});

test("what the owner has is not counted as unsent, what came later is", async () => {
  const { open, keep } = await kept();
  const first = reply();
  await keep.append(bytes(1), first);
  await keep.append(bytes(2));
  expect([keep.unsent, keep.news]).toEqual([1, [`a/${first.id}`]]);
  await keep.sent();
  await keep.append(bytes(3), reply());
  const later = open();
  await later.load();
  expect([keep.unsent, later.unsent]).toEqual([1, 1]);
});

test("what another page wrote and this one does not have is not said to be sent", async () => {
  const { open, keep } = await kept();
  await open().append(bytes(1), reply());
  await keep.append(bytes(2), reply());
  await keep.sent();
  const later = open();
  await later.load();
  expect(later.unsent).toBe(1);
});

test("pages of one browser hear of each other's updates", async () => {
  const { open, keep } = await kept();
  const other = open();
  await keep.load();
  const told = new Promise<void>((resolve) => keep.listen(resolve));
  await other.append(bytes(7), reply());
  await told;
  expect(await keep.fresh()).toEqual([bytes(7)]);
  expect(await keep.fresh()).toEqual([]);
  keep.close();
  other.close();
});

test("many updates become one, and nothing that came meanwhile is lost", async () => {
  const { open, keep } = await kept();
  for (let number = 0; number < 200; number++) await keep.append(bytes(number));
  await open().append(bytes(1, 1));
  await keep.compact(bytes(42));
  const { updates } = await open().load();
  expect(updates).toEqual([bytes(1, 1), bytes(42)]);
});

test("what is known of a plan is changed, not replaced, and forgotten with it", async () => {
  const { open, keep } = await kept();
  await keep.note((row) => ({ ...row, peers: [...row.peers, "1"] }));
  await open().note((row) => ({ ...row, peers: [...row.peers, "2"] }));
  expect((await keep.load()).row.peers).toEqual(["1", "2"]);
  await keep.append(bytes(1));
  await keep.hold(reply());
  await keep.forget();
  expect(await open().load()).toMatchObject({ updates: [], outbox: [], row: { peers: [] } });
});

test("a database that was closed under us is a storage error that says what to do", async () => {
  const { database, keep } = await kept();
  database.close();
  await expect(keep.append(bytes(1))).rejects.toMatchObject({
    code: "storage",
    hint: expect.stringContaining("leave it open"),
  });
});
