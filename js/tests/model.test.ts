import { expect, test } from "vitest";
import { samplePlan, sampleView } from "../dev/sample";
import { shifter } from "../src/model/anchors";
import { applyChange, applyToPlan } from "../src/model/changes";
import { CodePoints, length } from "../src/model/code_points";
import { newId } from "../src/model/ids";
import { predict } from "../src/model/predict";
import type { SentOperation } from "../src/model/view";

test("positions in code points and in UTF-16 units lead to each other", () => {
  const text = "a🙂b👩‍💻c";
  const points = new CodePoints(text);
  const letters = [...text];
  let unit = 0;
  for (const [index, letter] of letters.entries()) {
    expect(points.toUtf16(index)).toBe(unit);
    expect(points.fromUtf16(unit)).toBe(index);
    unit += letter.length;
  }
  expect(points.toUtf16(letters.length)).toBe(text.length);
  expect(length(text)).toBe(letters.length);
});

test("positions outside of a text are its ends", () => {
  const points = new CodePoints("🙂x");
  expect(points.toUtf16(99)).toBe(3);
  expect(points.fromUtf16(99)).toBe(2);
  expect(points.fromUtf16(-1)).toBe(0);
});

const anchored = (start: number, end: number) => ({ state: "anchored" as const, start, end });

test("text inserted before an anchor moves it, by code points", () => {
  const shift = shifter([{ retain: 2 }, { insert: "🙂🙂" }]);
  expect(shift(anchored(5, 8))).toEqual(anchored(7, 10));
});

test("text inserted at an anchor's start moves it, at its end does not extend it", () => {
  expect(shifter([{ retain: 5 }, { insert: "ab" }])(anchored(5, 8))).toEqual(anchored(7, 10));
  const before = anchored(5, 8);
  expect(shifter([{ retain: 8 }, { insert: "ab" }])(before)).toBe(before);
});

test("text deleted before an anchor moves it back", () => {
  expect(shifter([{ delete: 3 }])(anchored(5, 8))).toEqual(anchored(2, 5));
});

test("an anchor that a change touched is left to the host", () => {
  const before = anchored(5, 8);
  expect(shifter([{ retain: 6 }, { insert: "x" }])(before)).toBe(before);
  expect(shifter([{ retain: 4 }, { delete: 2 }])(before)).toBe(before);
});

test("revisions stand in the order of their numbers, whatever their ids say", () => {
  const view = sampleView();
  const before = view.plan.revisions;
  const late = { ...before[0]!, id: `7${"Z".repeat(25)}`, number: 1 };
  const told = [late, ...before.map((one) => ({ ...one, number: one.number + 1 }))];
  const revisions = Object.fromEntries(told.map((one) => [one.id, one]));
  expect(applyToPlan(view.plan, { revisions }).revisions).toEqual(told);
});

test("a change set keeps the identity of everything that it does not name", () => {
  const view = sampleView();
  const [first, second] = view.plan.annotations;
  const changed = { ...first!, content: "Changed" };
  const next = applyChange(view, { seq: 2, annotations: { [first!.id]: changed } });
  expect(next.seq).toBe(2);
  expect(next.plan.annotations[0]).toBe(changed);
  expect(next.plan.annotations[1]).toBe(second);
  expect(next.plan.steps).toBe(view.plan.steps);
  expect(view.plan.annotations[0]).toBe(first);
});

test("a null in a change set takes away", () => {
  const plan = samplePlan();
  const gone = plan.artifacts[0]!.id;
  const next = applyToPlan(plan, { artifacts: { [gone]: null }, header: { pr: null } });
  expect(next.artifacts.map((one) => one.id)).not.toContain(gone);
  expect(next.pr).toBeUndefined();
});

test("a content change moves the anchors behind it and no others", () => {
  const plan = samplePlan();
  const before = plan.annotations.filter((one) => one.anchor?.start !== undefined);
  const text = `New. ${plan.content}`;
  const next = applyToPlan(plan, { content: { text, delta: [{ insert: "New. " }] } });
  for (const one of before) {
    const now = next.annotations.find((other) => other.id === one.id);
    expect(now?.anchor?.start).toBe(one.anchor!.start! + 5);
  }
  const plain = plan.annotations.find((one) => one.target.type === "plan")!;
  expect(next.annotations).toContain(plain);
});

test("new entities come in the order of their ids", () => {
  const plan = samplePlan();
  const first = { ...plan.annotations[0]!, id: "01A00000000000000000000000" };
  const next = applyToPlan(plan, { annotations: { [first.id]: first } });
  expect(next.annotations[0]).toBe(first);
});

test("ids made one after the other sort so", () => {
  const made = Array.from({ length: 1000 }, newId);
  expect([...made].sort()).toEqual(made);
});

test("a predicted annotation is anchored where its position says", () => {
  const { plan, live } = sampleView();
  const exact = "Sessions live";
  const start = plan.content.indexOf(exact);
  const operation: SentOperation = {
    op: "annotate",
    id: newId(),
    at: 1,
    type: "question",
    content: "Why?",
    target: {
      type: "text",
      quote: { exact },
      position: { start, end: start + exact.length },
    },
  };
  const next = applyToPlan(plan, predict(plan, operation, live.me));
  const made = next.annotations.find((one) => one.id === operation.id);
  expect(made?.anchor).toEqual(anchored(start, start + exact.length));
  expect(predict(next, operation, live.me)).toEqual({});
});

test("where the position says nothing, a predicted annotation is at the only such passage", () => {
  const plan = { ...samplePlan(), content: "🙂 One. Two. Two." };
  const anchorOf = (exact: string) => {
    const target = { type: "text", quote: { exact } } as const;
    const fields = { op: "annotate", type: "question", content: "Why?", target } as const;
    const operation = { ...fields, id: newId(), at: 1 };
    const { annotations = {} } = predict(plan, operation, sampleView().live.me);
    return annotations[operation.id]?.anchor;
  };
  expect(anchorOf("One.")).toEqual(anchored(2, 6));
  expect(anchorOf("Two.")).toEqual({ state: "unanchored" });
  expect(anchorOf("Three.")).toEqual({ state: "unanchored" });
});

test("a predicted reaction is given once and taken back", () => {
  const { plan, live } = sampleView();
  const annotationId = plan.annotations[0]!.id;
  const react = (on: boolean): SentOperation => ({
    op: "react",
    id: newId(),
    at: 1,
    annotationId,
    emoji: "👀",
    on,
  });
  const twice = [react(true), react(true)].reduce(
    (now, operation) => applyToPlan(now, predict(now, operation, live.me)),
    plan,
  );
  expect(twice.annotations[0]!.reactions).toEqual({ "👀": [live.me.id] });
  const back = applyToPlan(twice, predict(twice, react(false), live.me));
  expect(back.annotations[0]!.reactions).toEqual({});
});
