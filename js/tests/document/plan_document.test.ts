// @vitest-environment node
import { beforeAll, expect, test } from "vitest";
import { PlanDocument } from "../../src/document/document";
import { MAX_DOCUMENT } from "../../src/document/limits";
import { distinct } from "../../src/document/names";
import { parseOperation } from "../../src/document/operations";
import { planJson } from "../../src/document/plan_json";
import { parsePlan, restore } from "../../src/document/restoring";
import { applyChange } from "../../src/model/changes";
import { PeerPlanError } from "../../src/model/errors";
import type { Actor, Artifact, View } from "../../src/model/view";
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

function act(document: PlanDocument, actor: Actor, op: string, fields: object = {}) {
  return document.apply(parseOperation({ op, ...fields }, actor));
}

function note(document: PlanDocument, exact: string) {
  const target = { type: "text", quote: { exact } };
  const { change } = act(document, MAIA, "annotate", { type: "question", content: "?", target });
  return Object.keys(change.annotations!)[0]!;
}

function refusal(run: () => unknown): PeerPlanError {
  try {
    run();
  } catch (error) {
    if (error instanceof PeerPlanError) return error;
    throw error;
  }
  throw new Error("Nothing was refused.");
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

test("what a plan begins with is told as having come, and all later changes are told", () => {
  const ours = made();
  const theirs = PlanDocument.empty();
  expect(theirs.exists).toBe(false);
  expect(theirs.annotations()).toHaveLength(0);
  const begun = theirs.takeIn(ours.updatesSince());
  expect(begun).toEqual({ seq: 1 });
  expect(planJson(theirs.plan())).toBe(planJson(ours.plan()));
  const { update } = act(ours, MAIA, "edit_title", { title: "Moved" });
  expect(theirs.takeIn(update)).toMatchObject({ seq: 2, header: { title: "Moved" } });
  expect(theirs.takeIn(update)).toBeNull();
  expect(planJson(theirs.plan())).toBe(planJson(ours.plan()));
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

test("an edit tells only of the annotations whose text it touched, and keeps the others", () => {
  const plan = made();
  const [far, near] = [note(plan, "Sessions"), note(plan, "Keys stay")];
  const before = plan.findAnnotation(far);
  const content = CONTENT.replace("Keys stay", "Keys 🙂 stay");
  const { change } = act(plan, AGENT, "edit_content", { base: CONTENT, content });
  expect(Object.keys(change.annotations!)).toEqual([near]);
  expect(plan.findAnnotation(far)).toBe(before);
});

test("a page that holds a view and takes in every change shows what the document says", () => {
  const plan = made();
  const key = note(plan, "Sessions");
  let view = { seq: plan.seq, plan: plan.plan(), live: {} } as View;
  const keep = ({ change }: ReturnType<typeof act>) => {
    view = applyChange(view, change);
  };
  keep(act(plan, MAIA, "reply", { annotationId: key, content: "hm" }));
  keep(act(plan, AGENT, "edit_content", { base: CONTENT, content: `🙂 ${CONTENT}` }));
  keep(act(plan, AGENT, "acknowledge", { items: [key], state: "read" }));
  keep(act(plan, AGENT, "request_review"));
  expect(view.seq).toBe(plan.seq);
  expect(planJson(view.plan)).toBe(planJson(plan.plan()));
});

test("nothing but updates of a size is taken from a peer", () => {
  const plan = made();
  const snapshot = plan.doc.export({ mode: "snapshot" });
  expect(refusal(() => plan.importUpdates(snapshot)).code).toBe("document");
  expect(refusal(() => plan.importUpdates(new Uint8Array())).code).toBe("document");
  const broken = plan.updatesSince().slice(0, -1);
  expect(refusal(() => made().importUpdates(broken)).code).toBe("document");
  const large = new Uint8Array(MAX_DOCUMENT + 1);
  large.set(broken.slice(0, 22));
  expect(refusal(() => plan.importUpdates(large)).message).toContain(String(MAX_DOCUMENT));
  expect(plan.title).toBe("Move");
});

test("a version that is none is refused", () => {
  expect(refusal(() => made().updatesSince(new Uint8Array([255]))).code).toBe("document");
});

test("a plan of a newer schema is neither taken nor written", () => {
  const [plan, theirs] = [made(), made()];
  plan.raw.put("plan", "schema", 2);
  const updates = plan.updatesSince();
  expect(refusal(() => PlanDocument.load([updates])).code).toBe("unsupported_schema");
  expect(refusal(() => theirs.importUpdates(updates)).code).toBe("unsupported_schema");
  expect(refusal(() => act(theirs, MAIA, "edit_title", { title: "x" })).code).toBe(
    "unsupported_schema",
  );
});

test("a document without a plan says so", () => {
  const empty = PlanDocument.empty();
  expect(empty.exists).toBe(false);
  expect(refusal(() => empty.plan()).code).toBe("not_found");
  expect(refusal(() => act(empty, MAIA, "edit_title", { title: "x" })).code).toBe("not_found");
});

test("a stale edit and a stale verdict carry the current state", () => {
  const plan = made();
  const edit = { base: "other", content: "another" };
  expect(refusal(() => act(plan, MAIA, "edit_content", edit)).data).toEqual({ current: CONTENT });
  act(plan, AGENT, "request_review");
  const verdict = { revision: "none", digest: plan.digest, verdict: "approved" };
  const { data } = refusal(() => act(plan, MAIA, "submit_review", verdict));
  expect(data).toEqual({ current: plan.revision });
});

test("an operation gets an id and a time, and the actor that the host knows", () => {
  const claimed = { op: "edit_title", title: "x", actor: AGENT, unknown: 1 };
  const parsed = parseOperation(claimed, MAIA);
  expect(parsed.actor).toEqual(MAIA);
  expect(parsed.id).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
  expect(Number.isInteger(parsed.at)).toBe(true);
  expect(parsed).not.toHaveProperty("unknown");
});

test.each([undefined, null, 7, "x", [], {}, { op: "constructor" }, { op: "edit_title" }])(
  "%j is no operation",
  (data) => {
    expect(refusal(() => parseOperation(data)).code).toBe("invalid_input");
  },
);

test("what is wrong with an operation is named", () => {
  const step = { title: "x", criteria: ["ok", ""] };
  const error = refusal(() => parseOperation({ op: "add_step", step }, MAIA));
  expect(error.data).toEqual({ where: "step.criteria.1" });
  expect(error.message).toContain("add_step");
});

test("everybody who restores one plan.json makes one history that later merges", () => {
  const plan = made();
  const key = note(plan, "Sessions");
  act(plan, MAIA, "react", { annotationId: key, emoji: "👍" });
  const file = JSON.parse(planJson(plan.plan()));
  const [one, other] = [restore(parsePlan(file)), restore(parsePlan(file))];
  const restored = PlanDocument.load([one]);
  expect(planJson(restored.plan())).toBe(planJson(plan.plan()));
  expect(restored.importUpdates(other)).toBeNull();
});

test("what is no plan.json is refused", () => {
  expect(refusal(() => parsePlan({ plan: { id: "a-plan" } })).code).toBe("invalid_input");
  expect(refusal(() => parsePlan([])).code).toBe("invalid_input");
});

test("nobody can take all names of a file", () => {
  const sha = "ab".repeat(32);
  const files = [8, 16, 32, 64].map((digits) => `s.${sha.slice(0, digits)}.png`);
  const wished = ["s.png", "2-s.png", ...files, "s.png"];
  const hashes = wished.map((_, index) => `sha256:${String(index).padStart(64, "0")}`);
  hashes[wished.length - 1] = `sha256:${sha}`;
  const entries = wished.map((file, index) => {
    const one = { id: `a${index}`, file, hash: hashes[index] } as Artifact;
    return [one.id, one] as const;
  });
  const names = [...distinct(new Map(entries)).values()].map(({ file }) => file);
  expect(new Set(names).size).toBe(names.length);
});
