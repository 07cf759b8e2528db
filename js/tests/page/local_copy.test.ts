// @vitest-environment node
import "fake-indexeddb/auto";
import { beforeAll, expect, test } from "vitest";
import { parseOperation } from "../../src/document/operations";
import type { PeerPlanError } from "../../src/model/errors";
import { newId } from "../../src/model/ids";
import type { ChangeSet } from "../../src/model/view";
import { type Database, openDatabase } from "../../src/page/database";
import { Keep } from "../../src/page/keep";
import { LocalCopy } from "../../src/page/local_copy";
import { loadLoroHere } from "../support/loro";
import { AGENT, act, comment, newPlan, RITA, said } from "./plans";

beforeAll(() => loadLoroHere());

/** A page's copy of a plan, as opened; `keep` is null where the browser keeps nothing. */
async function opened(keep: Keep | null) {
  const changes: ChangeSet[] = [];
  const troubles: (PeerPlanError | null)[] = [];
  const wrote: Uint8Array[] = [];
  const copy = new LocalCopy(keep, (await keep?.load()) ?? null, {
    changed: (change) => changes.push(change),
    wrote: (update) => wrote.push(update),
    trouble: (error) => troubles.push(error),
  });
  return { copy, changes, troubles, wrote };
}

async function database(): Promise<{ base: Database; keep: () => Keep }> {
  const base = await openDatabase();
  const plan = newId();
  return { base, keep: () => new Keep(base, plan) };
}

function write(copy: LocalCopy, content: string): Promise<void> {
  const operation = comment(content);
  return copy.apply(parseOperation(operation, RITA), operation);
}

test("what was written is there when the plan is opened again, unsent until it was delivered", async () => {
  const { keep } = await database();
  const first = await opened(keep());
  first.copy.adopt(newPlan().updatesSince());
  await write(first.copy, "Why?");
  const later = await opened(keep());
  expect(said(later.copy.document)).toEqual(["Why?"]);
  expect(later.copy.unsent).toBe(1);
  await later.copy.delivered();
  expect((await opened(keep())).copy.unsent).toBe(0);
});

test("what is published is merged, and told in order", async () => {
  const plan = newPlan();
  const { copy, changes } = await opened(null);
  expect(copy.adopt(plan.updatesSince())).toBe("merged");
  void write(copy, "Mine");
  act(plan, AGENT, "edit_title", { title: "Moved" });
  expect(copy.adopt(plan.updatesSince())).toBe("merged");
  expect(copy.adopt(plan.updatesSince())).toBe("merged");
  expect(copy.document.title).toBe("Moved");
  expect(said(copy.document)).toEqual(["Mine"]);
  expect(changes.map(({ seq }) => seq)).toEqual([1, 2, 3]);
});

test("a branch that lost changes is told apart from one that holds another plan", async () => {
  const { keep } = await database();
  const plan = newPlan();
  const young = plan.updatesSince();
  act(plan, AGENT, "edit_title", { title: "Moved" });
  const { copy } = await opened(keep());
  copy.adopt(plan.updatesSince());
  expect(copy.adopt(young)).toBe("rewritten");
  expect(copy.adopt(newPlan("Another").updatesSince())).toBe("replaced");
  expect(copy.document.title).toBe("Moved");
});

test("a snapshot in the place of updates is not taken from the branch", async () => {
  const { copy } = await opened(null);
  const snapshot = newPlan().doc.export({ mode: "snapshot" });
  expect(() => copy.adopt(snapshot)).toThrow(/not in a form that pages take/);
});

test("without a database nothing is said to be kept until somebody else has it", async () => {
  const { copy, wrote } = await opened(null);
  copy.adopt(newPlan().updatesSince());
  let kept = false;
  void write(copy, "Mine").then(() => {
    kept = true;
  });
  await copy.keep(new Uint8Array([1]));
  expect([kept, copy.unsent, wrote.length]).toEqual([false, 1, 1]);
  await copy.delivered();
  await new Promise((resolve) => setTimeout(resolve));
  expect([kept, copy.unsent]).toEqual([true, 0]);
});

test("what could not be kept is kept with the next change that can be", async () => {
  const { base, keep } = await database();
  const { copy, troubles } = await opened(keep());
  copy.adopt(newPlan().updatesSince());
  await write(copy, "First");
  const transaction = base.transaction.bind(base);
  const denied = () => {
    throw new DOMException("There is no room.", "QuotaExceededError");
  };
  Object.assign(base, { transaction: denied });
  const waiting = write(copy, "Second");
  await expect.poll(() => troubles.at(-1)?.code).toBe("storage");
  expect(troubles.at(-1)?.message).toContain("no room left");
  Object.assign(base, { transaction });
  await write(copy, "Third");
  await waiting;
  expect(troubles.at(-1)).toBeNull();
  expect(said((await opened(keep())).copy.document)).toEqual(["First", "Second", "Third"]);
});

test("another page of the browser sees what is written, and passes it on as its person's", async () => {
  const { keep } = await database();
  const one = await opened(keep());
  one.copy.adopt(newPlan().updatesSince());
  await write(one.copy, "Before");
  const two = await opened(keep());
  await write(one.copy, "After");
  await expect.poll(() => said(two.copy.document)).toEqual(["Before", "After"]);
  expect(two.wrote).toHaveLength(1);
  one.copy.close();
  two.copy.close();
});
