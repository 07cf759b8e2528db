// @vitest-environment node
import { beforeAll, expect, test } from "vitest";
import { PlanDocument } from "../../src/document/document";
import { parseOperation } from "../../src/document/operations";
import { planJson } from "../../src/document/plan_json";
import { applyChange } from "../../src/model/changes";
import type { Actor, View } from "../../src/model/view";
import { loadLoroHere } from "../support/loro";

const AGENT: Actor = { id: `did:key:z6Mk${"Agent".repeat(7)}`, name: "builder", kind: "agent" };
const MAIA: Actor = { id: `did:key:z6Mk${"Maia".repeat(8)}`, name: "Maia", kind: "human" };
const CONTENT =
  "# Why 🙂\n\nSessions live in the web process.\n\n## Expiry\n\nKeys expire. 🙂 Keys stay.\n";

beforeAll(() => loadLoroHere());

function made(): PlanDocument {
  const steps = [{ title: "Adapter" }, { title: "Expiry" }];
  const fields = { op: "create_plan", planId: "sessions", title: "Move", content: CONTENT, steps };
  return PlanDocument.create(parseOperation(fields, AGENT)).document;
}

function act(document: PlanDocument, actor: Actor, op: string, fields: object) {
  return document.apply(parseOperation({ op, ...fields }, actor));
}

function note(document: PlanDocument, exact: string, more: object = {}) {
  const target = { type: "text", quote: { exact, ...more } };
  const { change } = act(document, MAIA, "annotate", { type: "question", content: "?", target });
  return Object.keys(change.annotations!)[0]!;
}

test("a plan is made, changed and given to another peer", () => {
  const ours = made();
  const theirs = PlanDocument.load([ours.updatesSince()]);
  const seen = theirs.version();
  const { update } = act(ours, MAIA, "edit_title", { title: "Moved" });
  expect(theirs.importUpdates(update)?.header).toMatchObject({ title: "Moved" });
  expect(theirs.importUpdates(update)).toBeNull();
  expect(planJson(theirs.plan())).toBe(planJson(ours.plan()));
  expect(ours.updatesSince(ours.version())).toHaveLength(0);
  expect(ours.updatesSince(seen).length).toBeGreaterThan(0);
});

test("an annotation stays on its text while code points come and go around it", () => {
  const plan = made();
  const key = note(plan, "Keys stay");
  const change = { base: CONTENT, content: `🙂🙂 ${CONTENT}` };
  const told = act(plan, AGENT, "edit_content", change).change;
  expect(told.content?.delta).toEqual([{ insert: "🙂🙂 " }]);
  const { start, end } = plan.findAnnotation(key)!.anchor!;
  expect([...plan.content].slice(start, end).join("")).toBe("Keys stay");
});

test("a page that holds a view and takes in every change shows what the document says", () => {
  const plan = made();
  let view = { seq: plan.seq, plan: plan.plan(), live: {} } as View;
  const keep = ({ change }: { change: Parameters<typeof applyChange>[1] }) => {
    view = applyChange(view, change);
  };
  const key = note(plan, "Sessions");
  view = { ...view, seq: plan.seq, plan: plan.plan() };
  keep(act(plan, MAIA, "reply", { annotationId: key, content: "hm" }));
  keep(act(plan, AGENT, "edit_content", { base: CONTENT, content: `🙂 ${CONTENT}` }));
  keep(act(plan, AGENT, "acknowledge", { items: [key], state: "read" }));
  keep(act(plan, AGENT, "request_review", {}));
  expect(planJson(view.plan)).toBe(planJson(plan.plan()));
});
