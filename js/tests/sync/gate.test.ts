// @vitest-environment node
import { base64 } from "@scure/base";
import { beforeAll, expect, test } from "vitest";
import vectors from "../../../tests/vectors/gate.json";
import { LoroDoc } from "../../src/document/loro";
import { PeerPlanError } from "../../src/model/errors";
import { Gate } from "../../src/sync/gate";
import { GateCopy } from "../../src/sync/gate_copy";
import type { MemberRole } from "../../src/sync/grant";
import type { Person } from "../../src/sync/hello";
import { BreachError, UnreadyError } from "../../src/sync/ports";
import { loadLoroHere } from "../support/loro";

const BASE = base64.decode(vectors.base);
let plan: LoroDoc;
let copy: GateCopy;

beforeAll(() => {
  loadLoroHere();
  plan = loaded(BASE);
  copy = new GateCopy(() => plan);
});

function loaded(...updates: Uint8Array[]): LoroDoc {
  const doc = new LoroDoc();
  for (const update of updates) doc.import(update);
  return doc;
}

function outcome(gate: Gate, update: Uint8Array): string {
  try {
    gate.check(update);
  } catch (error) {
    if (error instanceof BreachError) return "overstepped";
    if (error instanceof UnreadyError) return "early";
    if (error instanceof PeerPlanError) return "refused";
    throw error;
  }
  return "ok";
}

test.each(vectors.cases)("members may do what the vectors say: $name", (told) => {
  const gate = new Gate(told.role as MemberRole, told.who as Person, copy);
  expect(outcome(gate, base64.decode(told.update))).toBe(told.verdict);
});

const reviewer = vectors.cases[0]!;
const cases = new Map(vectors.cases.map((one) => [one.name, base64.decode(one.update)]));

test("what came too early is judged when it comes again", () => {
  const doc = loaded(BASE);
  const gate = new Gate("reviewer", reviewer.who as Person, new GateCopy(() => doc));
  const guest = loaded(BASE, cases.get("a new annotation")!);
  const middle = guest.oplogVersion();
  guest.getMap("policy").set("approvals", 1);
  guest.commit();
  const bad = guest.export({ mode: "update", from: middle });
  expect(outcome(gate, bad)).toBe("early");
  doc.import(cases.get("a new annotation")!);
  expect(outcome(gate, bad)).toBe("overstepped");
  expect(outcome(gate, bad)).toBe("overstepped");
});

test("a refused change is no context for anybody", () => {
  const doc = loaded(BASE);
  const shared = new GateCopy(() => doc);
  const rita = new Gate("reviewer", reviewer.who as Person, shared);
  const guest = loaded(BASE, cases.get("a new annotation")!);
  guest.getMap("policy").set("approvals", 1);
  guest.commit();
  expect(outcome(rita, guest.export({ mode: "update", from: doc.oplogVersion() }))).toBe(
    "overstepped",
  );
  const later = cases.get("a reply whose annotation has not come")!;
  expect(outcome(rita, later)).toBe("early");
});

test("a value of many levels is refused, and the page's documents live on", () => {
  const guest = loaded(BASE);
  const deep = JSON.parse(`${"[".repeat(3000)}1${"]".repeat(3000)}`);
  guest.getMap("annotations").set("x", deep);
  guest.commit();
  const doc = loaded(BASE);
  const gate = new Gate("reviewer", reviewer.who as Person, new GateCopy(() => doc));
  const update = guest.export({ mode: "update", from: doc.oplogVersion() });
  expect(["overstepped", "refused"]).toContain(outcome(gate, update));
  expect(outcome(gate, cases.get("a new annotation")!)).toBe("ok");
});

test("an update before the plan itself is early", () => {
  const gate = new Gate("reviewer", reviewer.who as Person, new GateCopy(() => undefined));
  expect(outcome(gate, cases.get("a new annotation")!)).toBe("early");
});

test("a short update that writes much is refused", () => {
  const guest = loaded(BASE);
  for (let number = 0; number < 3000; number += 1)
    guest.getMap("extra").set("k".repeat(60_000), number);
  guest.commit();
  const update = guest.export({ mode: "update", from: plan.oplogVersion() });
  expect(update.length).toBeLessThan(200_000);
  const gate = new Gate("reviewer", reviewer.who as Person, new GateCopy(() => plan));
  expect(outcome(gate, update)).toBe("refused");
});
