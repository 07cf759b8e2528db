// @vitest-environment node
import "fake-indexeddb/auto";
import { expect, onTestFinished, test } from "vitest";
import type { PeerPlanError } from "../../src/model/errors";
import { newId } from "../../src/model/ids";
import type { MemberRole, Plan, SentOperation } from "../../src/model/view";
import { Local } from "../../src/page/local";
import { loroBytes } from "../support/loro";
import { AGENT, act, comment, newPlan, said } from "./plans";

async function opened(key: string, role: MemberRole = "reviewer") {
  const told = {
    shown: [] as Plan[],
    kept: [] as string[],
    refused: [] as PeerPlanError[],
    waiting: [] as SentOperation[],
    troubles: [] as (PeerPlanError | null)[],
  };
  const local = await Local.open({
    key,
    role,
    wasm: new Uint8Array(loroBytes()),
    events: {
      shown: (plan) => told.shown.push(plan),
      changed: () => {},
      kept: (id) => told.kept.push(id),
      refused: (_, error) => told.refused.push(error),
      wrote: () => {},
      trouble: (error) => told.troubles.push(error),
      waiting: (operations) => told.waiting.push(...operations),
    },
  });
  onTestFinished(() => local.copy.close());
  return { local, told };
}

/** Something that a test decides. */
function awaited() {
  let decide = () => {};
  const promise = new Promise<void>((resolve) => {
    decide = resolve;
  });
  return { promise, decide: () => decide() };
}

test("what is written waits for a plan and a name, over a reload too", async () => {
  const key = newId();
  const first = await opened(key);
  const operation = comment("Why?");
  first.local.submit(operation);
  expect(first.told.kept).toEqual([]);
  await expect.poll(async () => (await opened(key)).told.waiting).toEqual([operation]);
  const { local, told } = await opened(key);
  const plan = newPlan();
  local.adopt(plan.plan(), plan.updatesSince());
  expect(local.waits).toBe(1);
  await local.setName("Rita");
  await expect.poll(() => told.kept).toEqual([operation.id]);
  const later = await opened(key);
  expect(said(later.local.copy.document)).toEqual(["Why?"]);
  expect(later.told.waiting).toEqual([]);
  expect(later.local.actor).toEqual(local.actor);
});

test("a plan without its document is restored from plan.json, alike by everybody", async () => {
  const plan = newPlan().plan();
  const [one, two] = [await opened(newId()), await opened(newId())];
  one.local.adopt(plan, null);
  two.local.adopt(plan, null);
  const update = one.local.copy.document.updatesSince();
  expect(two.local.copy.document.importUpdates(update)).toBeNull();
  expect(one.told.shown[0]?.title).toBe("Sessions");
});

test("a role says what may be done, and why not", async () => {
  const plan = newPlan();
  act(plan, AGENT, "annotate", { type: "concern", content: "Hm", target: { type: "plan" } });
  const [theirs] = plan.annotations();
  const { local, told } = await opened(newId());
  local.adopt(plan.plan(), plan.updatesSince());
  await local.setName("Rita");
  const fields = { id: newId(), at: 1, annotationId: theirs!.id };
  local.submit({ op: "resolve", ...fields });
  local.submit({ op: "edit_title", id: newId(), at: 1, title: "Mine" });
  expect(told.refused.map(({ code }) => code)).toEqual(["forbidden", "forbidden"]);
  expect(told.refused[0]?.message).toContain("not resolve what others wrote");
  local.submit({ op: "reply", ...fields, id: newId(), content: "Yes" });
  expect(local.copy.document.findAnnotation(theirs!.id)?.replies).toHaveLength(1);
  const viewer = await opened(newId(), "viewer");
  viewer.local.adopt(plan.plan(), plan.updatesSince());
  await viewer.local.setName("Vera");
  viewer.local.submit(comment("May I?"));
  expect(viewer.told.refused[0]?.message).toContain("As a viewer");
});

test("a refusal of the plan comes back with its code, and the operation is let go of", async () => {
  const key = newId();
  const { local, told } = await opened(key);
  const plan = newPlan();
  local.adopt(plan.plan(), plan.updatesSince());
  await local.setName("Rita");
  const target = { type: "text", quote: { type: "TextQuoteSelector", exact: "not there" } };
  local.submit({ ...comment("Where?"), target } as unknown as SentOperation);
  expect(told.refused[0]).toMatchObject({ code: "invalid_input" });
  expect((await opened(key)).told.waiting).toEqual([]);
});

test("what is about something that may come waits until it is here, or is known not to come", async () => {
  const key = newId();
  const plan = newPlan();
  const { local, told } = await opened(key);
  local.adopt(plan.plan(), plan.updatesSince());
  await local.setName("Rita");
  const first = comment("Why?");
  const reply = (annotationId: string): SentOperation => ({
    op: "reply",
    id: newId(),
    at: 1,
    annotationId,
    content: "So.",
  });
  const { promise: decided, decide } = awaited();
  local.submit(reply(first.id), decided);
  local.submit(reply(newId()), decided);
  expect(local.waits).toBe(2);
  await expect.poll(async () => (await opened(key)).told.waiting).toHaveLength(2);
  act(plan, AGENT, "annotate", first);
  local.changed(local.copy.document.takeIn(plan.updatesSince())!);
  expect(local.waits).toBe(2);
  decide();
  await expect.poll(() => told.kept).toHaveLength(1);
  expect(told.refused.map(({ code }) => code)).toEqual(["not_found"]);
  expect(local.copy.document.findAnnotation(first.id)?.replies).toHaveLength(1);
});
