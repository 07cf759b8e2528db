// @vitest-environment node
import { expect, onTestFinished, test, vi } from "vitest";
import { PlanDocument } from "../../src/document/document";
import { parseOperation } from "../../src/document/operations";
import { newId } from "../../src/model/ids";
import type { Actor, SentOperation } from "../../src/model/view";
import type { MemberRole } from "../../src/sync/grant";
import type { Member } from "../../src/sync/handshake";
import { Foretelling, type Intention, Intentions } from "../../src/sync/intentions";
import { PlanReplica } from "../../src/sync/plan_replica";
import { BreachError, UnreadyError } from "../../src/sync/ports";
import { comment, newPlan } from "../page/plans";
import { Clock } from "./pairs";

const ADA: Actor = { id: `did:key:z6Mk${"Adas".repeat(8)}`, name: "Ada", kind: "human" };
const BOB: Actor = { id: `did:key:z6Mk${"Bobs".repeat(8)}`, name: "Bob", kind: "human" };

function member(identity: Actor, role: MemberRole = "reviewer"): Member {
  return { peer: newId(), identity, role, invitation: null, expires: 0 };
}

function reply(annotationId: string, content: string): SentOperation {
  return { op: "reply", id: newId(), at: 1, annotationId, content };
}

function intends(operation: object): string {
  return JSON.stringify({ type: "intend", operation });
}

/** A plan of which a page shows what members intend. */
function shown(document = newPlan(), clock = new Clock()) {
  const now = new Map<string, Intention>();
  const intentions = new Intentions(document, {
    intended: (intention) => now.set(intention.id, intention),
    abandoned: (id) => now.delete(id),
  });
  const from = (one: Member) => intentions.hearing(one, clock.read);
  return { document, now, intentions, from, clock };
}

function replica(document: PlanDocument) {
  const now: string[] = [];
  const made = new PlanReplica(document, {
    keep: async () => {},
    intentions: {
      intended: ({ id }) => now.push(id),
      abandoned: (id) => now.splice(now.indexOf(id), 1),
    },
  });
  return { made, now };
}

/** The update that a page makes of an operation. */
function written(document: PlanDocument, operation: SentOperation, actor: Actor): Uint8Array {
  const page = PlanDocument.load([document.updatesSince()]);
  return page.write(parseOperation(operation, actor));
}

test("a comment and a reply are shown in the name of who is at the other end, whatever they say", () => {
  const { document, now, from } = shown();
  const first = comment("Why?");
  document.apply(parseOperation(first, ADA));
  const [own, answer] = [comment("How?"), reply(first.id, "So.")];
  from(member(BOB)).hear(intends({ ...own, actor: ADA, author: ADA.id }));
  from(member(BOB, "owner")).hear(intends({ ...answer, actor: ADA }));
  expect([...now.keys()]).toEqual([own.id, answer.id]);
  expect([...now.values()].map(({ actor }) => actor)).toEqual([BOB, BOB]);
  expect(document.annotations().map((one) => one.content)).toEqual(["Why?"]);
});

test("a viewer intends nothing", () => {
  const { now, from } = shown();
  const viewer = from(member(BOB, "viewer"));
  expect(() => viewer.hear(intends(comment("Why?")))).toThrow(BreachError);
  expect(now.size).toBe(0);
});

test("what somebody else wrote is in nobody's intention", () => {
  const { document, now, from } = shown();
  const [first, second] = [comment("Why?"), comment("How?")];
  const answer = reply(first.id, "So.");
  for (const one of [first, second, answer]) document.apply(parseOperation(one, ADA));
  const bob = from(member(BOB));
  expect(() => bob.hear(intends({ ...comment("Mine"), id: first.id }))).toThrow(BreachError);
  const other = { ...reply(first.id, "Mine"), id: answer.id };
  expect(() => bob.hear(intends(other))).toThrow(BreachError);
  from(member(ADA)).hear(intends(second));
  expect(now.size).toBe(0);
});

test("only new annotations and replies are told ahead", () => {
  const { document, from } = shown();
  const first = comment("Why?");
  document.apply(parseOperation(first, ADA));
  const common = { id: newId(), at: 1 };
  const about = { ...common, annotationId: first.id };
  const digest = `sha256:${"0".repeat(64)}`;
  const others = [
    { ...common, op: "submit_review", verdict: "approved", revision: newId(), digest },
    { ...about, op: "edit", content: "Mine" },
    { ...about, op: "resolve" },
    { ...common, op: "edit_title", title: "Mine" },
    { ...comment("Mine"), annotationId: newId() },
  ];
  for (const one of others) {
    expect(new Foretelling().intend(one as SentOperation)).toBeNull();
    const bob = from(member(BOB, "owner"));
    expect(() => bob.hear(intends(one))).toThrow(/told ahead|not valid/);
  }
});

test.each([
  ["no JSON", "intend"],
  ["no object", "null"],
  ["another text", JSON.stringify({ type: "shout", operation: comment("Why?") })],
  ["no operation", JSON.stringify({ type: "intend" })],
  ["an operation without a target", intends({ ...comment("Why?"), target: undefined })],
  ["an id that is none", intends({ ...comment("Why?"), id: "mine" })],
  ["half a character", intends(comment("\ud800"))],
  ["much text", intends(comment("x".repeat(8000)))],
  ["deep text", `{"type":"intend","operation":${"[".repeat(3000)}${"]".repeat(3000)}}`],
])("%s is no intention", (_, text) => {
  const { now, from } = shown();
  expect(() => from(member(BOB)).hear(text)).toThrow(
    expect.objectContaining({ code: expect.stringMatching(/protocol|invalid_input/) }),
  );
  expect(now.size).toBe(0);
});

test("a link shows few intentions at a time, and ends when very many come", () => {
  const { now, from, clock } = shown();
  const bob = from(member(BOB));
  for (let count = 0; count < 200; count += 1) bob.hear(intends(comment("Why?")));
  expect(now.size).toBe(16);
  expect(() => bob.hear(intends(comment("Why?")))).toThrow(/Too many/);
  from(member(ADA)).hear(intends(comment("How?")));
  expect(now.size).toBe(17);
  clock.now += 1;
  bob.hear(intends(comment("Why?")));
});

test("one page tells ahead less than another bears, and nothing that is long", () => {
  const foretelling = new Foretelling();
  expect(foretelling.intend(comment("x".repeat(8000)))).toBeNull();
  const told = Array.from({ length: 200 }, () => foretelling.intend(comment("Why?")));
  const sent = told.filter((text) => text !== null);
  expect(sent.length).toBeGreaterThan(10);
  expect(sent.length).toBeLessThan(200);
  const { from } = shown();
  const bob = from(member(BOB));
  for (const text of sent) bob.hear(text);
});

test("an intention that no change follows is taken back, and so is one that is given up", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { now, from } = shown();
  const bob = from(member(BOB));
  const [first, second] = [comment("Why?"), comment("How?")];
  for (const one of [first, second]) bob.hear(intends(one));
  const abandoned = new Foretelling().abandon(first);
  from(member(BOB)).hear(abandoned);
  expect(now.size).toBe(2);
  bob.hear(abandoned);
  expect([...now.keys()]).toEqual([second.id]);
  vi.advanceTimersByTime(6000);
  expect(now.size).toBe(0);
});

test("who goes takes its intentions with it", () => {
  const { now, from } = shown();
  const [ada, bob] = [from(member(ADA)), from(member(BOB))];
  bob.hear(intends(comment("Why?")));
  ada.hear(intends(comment("How?")));
  bob.end();
  expect([...now.values()].map(({ content }) => content)).toEqual(["How?"]);
});

test("a change takes the place of what was intended, which decides what waits for it", async () => {
  const document = newPlan();
  const { made, now } = replica(document);
  const bob = member(BOB);
  const operation = comment("Why?");
  const update = written(document, operation, BOB);
  made.hearing(bob)!.hear(intends(operation));
  const decided = made.decided(operation.id);
  expect(now).toEqual([operation.id]);
  await made.take(update, bob);
  expect(now).toEqual([]);
  await decided;
  expect(made.decided(operation.id)).toBeNull();
  expect(document.findAnnotation(operation.id)?.content).toBe("Why?");
});

test("a change that is refused takes what its author intends with it, and one that waits does not", async () => {
  const document = newPlan();
  const { made, now } = replica(document);
  const [ada, bob] = [member(ADA, "owner"), member(BOB)];
  const page = PlanDocument.load([document.updatesSince()]);
  const first = comment("Why?");
  page.write(parseOperation(first, BOB));
  const late = page.write(parseOperation(comment("How?"), BOB));
  const forged = written(document, comment("Yes."), ADA);
  made.hearing(ada)!.hear(intends(comment("So.")));
  made.hearing(bob)!.hear(intends(first));
  await expect(made.take(late, bob)).rejects.toThrow(UnreadyError);
  expect(now).toHaveLength(2);
  await expect(made.take(forged, bob)).rejects.toThrow(BreachError);
  expect(now).toHaveLength(1);
  expect(now).not.toContain(first.id);
});
