import { expect, test } from "vitest";
import vectors from "../../tests/vectors/anchor_shifts.json";
import { shifter } from "../src/model/anchors";
import type { DeltaPart } from "../src/model/view";

test.each(vectors)("anchors move as the shared vectors say: %#", ({ delta, anchor, moved }) => {
  const [start, end] = anchor as [number, number];
  const now = shifter(delta as DeltaPart[])({ state: "anchored", start, end });
  const [from, to] = moved ?? anchor;
  expect([now.start, now.end]).toEqual([from, to]);
});
