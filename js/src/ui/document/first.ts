import { useEffect, useState } from "react";
import { useReview, useView } from "../context";
import { beginning } from "./beginning";

/** From so many comments on, what is on screen at first is drawn before the rest. */
const MANY = 60;
/** Blocks, of which a pane shows fewer, and how many are then drawn at a time. */
const FEW = 150;
const STEP = 50;
/** Between two such times, where the page is never idle, in milliseconds. */
const BUSY = 100;
/** How long the rest waits for comments that are still to come, in milliseconds. */
const PATIENCE = 1_000;

/** Whether a plan with many comments is drawn for the first time: without their marks. */
export function useFirst(): boolean {
  const waiting = useView(({ beginning }) => beginning ?? false);
  const many = useView(({ plan }) => plan.annotations.length > MANY);
  const [first, setFirst] = useState(waiting || many);
  useEffect(() => {
    const whole = () => setFirst(false);
    return waiting ? after(PATIENCE, whole) : afterPaint(whole);
  }, [waiting]);
  return first;
}

/** What is drawn of a text: at first its beginning, unless somebody goes on where they were. */
export function useText(source: string, first: boolean): string {
  const top = useOpensAtTop();
  return first && top ? beginning(source) : source;
}

/** How many of the blocks are drawn: after the first drawing more and more of them. */
export function useLimit(blocks: number, first: boolean): number {
  const top = useOpensAtTop();
  const [limit, setLimit] = useState(first && top ? FEW : Number.POSITIVE_INFINITY);
  useEffect(() => {
    if (!first && limit < blocks) return whenIdle(() => setLimit(limit + STEP));
  }, [first, limit, blocks]);
  return limit;
}

function useOpensAtTop(): boolean {
  const { memory, getState } = useReview().ui;
  const [top] = useState(() => {
    const { active, composing } = getState();
    return !active && !composing && !memory.read("scroll");
  });
  return top;
}

function after(milliseconds: number, run: () => void): () => void {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
}

/** Returns how to leave it undone. */
function afterPaint(run: () => void): () => void {
  let undo: (() => void) | undefined;
  const frame = requestAnimationFrame(() => {
    undo = after(0, run);
  });
  return () => {
    cancelAnimationFrame(frame);
    undo?.();
  };
}

/** Safari does not say when it is idle. */
function whenIdle(run: () => void): () => void {
  if (!globalThis.requestIdleCallback) return afterPaint(run);
  const asked = requestIdleCallback(run, { timeout: BUSY });
  return () => cancelIdleCallback(asked);
}
