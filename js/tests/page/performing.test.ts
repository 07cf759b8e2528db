// @vitest-environment node
import { beforeAll, expect, test } from "vitest";
import { parseOperation } from "../../src/document/operations";
import { newId } from "../../src/model/ids";
import type { SentOperation } from "../../src/model/view";
import { LocalCopy } from "../../src/page/local_copy";
import { Performing } from "../../src/page/performing";
import { loadLoroHere } from "../support/loro";
import { comment, newPlan, RITA, said } from "./plans";

beforeAll(() => loadLoroHere());

/** A copy of a plan, and others who are told ahead if anybody is there. */
function opened(others: boolean) {
  const copy = new LocalCopy(null, null, { changed() {}, wrote() {}, trouble() {} });
  copy.adopt(newPlan().updatesSince());
  const told: string[] = [];
  const performing = new Performing(copy, ({ id }) => {
    if (!others) return null;
    told.push(id);
    return () => told.push(`not ${id}`);
  });
  const refused: string[] = [];
  const perform = (operation: SentOperation) =>
    performing.perform(parseOperation(operation, RITA), operation, {
      kept() {},
      refused: ({ code }) => refused.push(code),
    });
  return { copy, told, refused, performing, perform };
}

test("where nobody is told ahead an operation is carried out at once", () => {
  const { copy, performing, perform } = opened(false);
  perform(comment("Why?"));
  expect(said(copy.document)).toEqual(["Why?"]);
  expect(performing.waits).toBe(0);
});

test("what others were told is carried out after it, soon and in order", async () => {
  const { copy, told, performing, perform } = opened(true);
  const operations = [comment("Why?"), comment("How?")];
  for (const one of operations) perform(one);
  expect(told).toEqual(operations.map(({ id }) => id));
  expect([said(copy.document), performing.waits]).toEqual([[], 2]);
  await expect.poll(() => said(copy.document)).toEqual(["Why?", "How?"]);
  expect(performing.waits).toBe(0);
});

test("a page that is closed carries out first what waits", () => {
  const { copy, performing, perform } = opened(true);
  perform(comment("Why?"));
  performing.close();
  expect(said(copy.document)).toEqual(["Why?"]);
});

test("what the plan refuses is taken back with those who were told", () => {
  const { told, refused, performing, perform } = opened(true);
  const operation = { ...comment("Where?"), target: { type: "step", stepId: newId() } } as const;
  perform(operation);
  performing.flush();
  expect(refused).toEqual(["not_found"]);
  expect(told).toEqual([operation.id, `not ${operation.id}`]);
});

test("what fails in a way that nobody foresaw takes nothing else with it", () => {
  const { copy, performing, perform } = opened(true);
  perform(comment("Why?"));
  perform(comment("How?"));
  copy.apply = () => {
    Reflect.deleteProperty(copy, "apply");
    throw new RangeError("No memory.");
  };
  expect(() => performing.flush()).toThrow("No memory.");
  expect(said(copy.document)).toEqual(["How?"]);
});
