// @vitest-environment node
import { beforeAll, expect, test } from "vitest";
import { PlanDocument } from "../../src/document/document";
import { parseOperation } from "../../src/document/operations";
import { FEW, positions } from "../../src/document/positions";
import type { Actor } from "../../src/model/view";
import { loadLoroHere } from "../support/loro";

const MAIA: Actor = { id: `did:key:z6Mk${"Maia".repeat(8)}`, name: "Maia", kind: "human" };

beforeAll(() => loadLoroHere());

function act(document: PlanDocument, op: string, fields: object) {
  document.apply(parseOperation({ op, ...fields }, MAIA));
}

/** Numbers below `end` that are the same in every run. */
function chances(seed: number): (end: number) => number {
  let state = seed + 1;
  return (end) => {
    state = (state * 48271) % 2147483647;
    return state % end;
  };
}

function quote(document: PlanDocument, start: number, end: number) {
  const exact = document.content.slice(start, end);
  const target = { type: "text", quote: { exact }, position: { start, end } };
  act(document, "annotate", { type: "concern", content: "?", target });
}

test.each([0, 1, 2])("many cursors are where each of them is: %i", (seed) => {
  const chance = chances(seed);
  const content = Array.from({ length: 300 }, () => "ab \n"[chance(4)]).join("");
  const fields = { op: "create_plan", planId: "pp", title: "T", content, steps: [] };
  const { document: one } = PlanDocument.create(parseOperation(fields, MAIA));
  const other = PlanDocument.load([one.updatesSince()]);
  for (let round = 0; round < 12; round += 1) {
    for (const document of [one, other]) {
      for (let count = 0; count < 4; count += 1) {
        const start = chance(document.content.length - 8);
        quote(document, start, start + 1 + chance(7));
      }
      const base = document.content;
      const start = chance(base.length);
      const rest = base.slice(Math.min(base.length, start + [0, 2, 40][chance(3)]!));
      const come = "ab".repeat([0, 1, 10][chance(3)]!);
      act(document, "edit_content", { base, content: base.slice(0, start) + come + rest });
    }
    one.importUpdates(other.updatesSince(one.version()));
    other.importUpdates(one.updatesSince(other.version()));
  }
  const asked = one.annotations().flatMap(({ target }) => {
    const cursor = target.type === "text" ? target.cursor : undefined;
    return cursor ? [cursor.start, cursor.end] : [];
  });
  expect(new Set(asked).size).toBeGreaterThan(FEW);
  const alone = new Map(asked.map((cursor) => [cursor, positions(one.doc, [cursor]).get(cursor)]));
  expect(positions(one.doc, asked)).toEqual(alone);
  expect(new Set([...alone.values()].map((place) => place?.gone))).toEqual(new Set([true, false]));
});

test("what is no cursor of the content is left out", () => {
  const fields = { op: "create_plan", planId: "pp", title: "T", content: "Words", steps: [] };
  const { document } = PlanDocument.create(parseOperation(fields, MAIA));
  expect(positions(document.doc, ["AAAA", "no base64", ""]).size).toBe(0);
});
