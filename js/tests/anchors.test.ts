import { expect, test } from "vitest";
import vectors from "../../tests/vectors/anchor_shifts.json";
import { Edits } from "../src/document/edits";
import { shifter } from "../src/model/anchors";
import type { DeltaPart } from "../src/model/view";

test.each(vectors)("anchors move as the shared vectors say: %#", ({ delta, anchor, moved }) => {
  const [start, end] = anchor as [number, number];
  const now = shifter(delta as DeltaPart[])({ state: "anchored", start, end });
  const [from, to] = moved ?? anchor;
  expect([now.start, now.end]).toEqual([from, to]);
});

test.each(vectors)("a document moves them alike: %#", ({ delta, anchor, moved }) => {
  const [start, end] = anchor as [number, number];
  const now = new Edits(delta as DeltaPart[]).moved({ start, end });
  expect(now && [now.start, now.end]).toEqual(moved ?? undefined);
});
