import { PeerPlanError } from "../model/errors";
import { guarded } from "./guard";
import { Cursor, type LoroDoc, type PeerID } from "./loro";

/** Cursors that are asked for one by one: their order is not worth finding out. */
export const FEW = 16;
/** Characters between two cursors beyond which their order is not looked for. */
const APART = 1000;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const CONTENT_ID = "cid:root-content:Text";

/** Where a cursor is, in UTF-16 units, and whether the character that it was set on is gone. */
export interface Position {
  unit: number;
  gone: boolean;
}

/** By cursor, as it is stored. */
export type Positions = Map<string, Position>;

/** A cursor with the number of its character among those that its peer wrote. */
interface Asked {
  counter: number;
  encoded: string;
  cursor: Cursor;
}

/**
 * Where these cursors of the content are; those that cannot be read are left out.
 *
 * For a character that is gone Loro goes through its history, which takes milliseconds. What was
 * written in one go stays in its order, though: between two characters that are now in one place
 * all are gone, and are there too. So Loro is asked for few of them.
 */
export function positions(doc: LoroDoc, encoded: Iterable<string>): Positions {
  const found: Positions = new Map();
  const byPeer = new Map<PeerID, Asked[]>();
  for (const one of new Set(encoded)) {
    const cursor = decoded(one);
    const id = cursor?.pos();
    if (!cursor) continue;
    if (!id) ask(doc, { counter: 0, encoded: one, cursor }, found);
    else {
      const asked = byPeer.get(id.peer) ?? [];
      asked.push({ counter: id.counter, encoded: one, cursor });
      byPeer.set(id.peer, asked);
    }
  }
  for (const [peer, asked] of byPeer) {
    asked.sort((one, other) => one.counter - other.counter);
    for (const run of inOrder(doc, peer, asked)) fill(doc, run, found);
  }
  return found;
}

function decoded(encoded: string): Cursor | undefined {
  if (!BASE64.test(encoded)) return undefined;
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  return orNothing("Reading a cursor", () => {
    const cursor = Cursor.decode(bytes);
    return cursor.containerId() === CONTENT_ID ? cursor : undefined;
  });
}

function ask(doc: LoroDoc, { encoded, cursor }: Asked, found: Positions): Position | undefined {
  if (!found.has(encoded)) {
    const told = orNothing("Reading a cursor", () => doc.getCursorPos(cursor));
    if (!told) return undefined;
    found.set(encoded, { unit: told.offset, gone: told.update !== undefined });
  }
  return found.get(encoded);
}

/** Places all of a run, whose characters stand in this order or stood so. */
function fill(doc: LoroDoc, run: readonly Asked[], found: Positions): void {
  const [start, end] = [run[0]!, run.at(-1)!];
  const [first, last] = [ask(doc, start, found), ask(doc, end, found)];
  if (run.length <= 2) return;
  if (first && first.unit === last?.unit) {
    for (const one of run.slice(1, -1)) {
      if (one.counter < end.counter) found.set(one.encoded, { unit: first.unit, gone: true });
      else ask(doc, one, found);
    }
    return;
  }
  const middle = run.length >> 1;
  fill(doc, run.slice(0, middle + 1), found);
  fill(doc, run.slice(middle), found);
}

/** The cursors in runs, each of characters that were written in one go. */
function* inOrder(doc: LoroDoc, peer: PeerID, asked: readonly Asked[]): Generator<Asked[]> {
  const begins = asked.length > FEW ? beginnings(doc, peer, asked) : undefined;
  let run = [asked[0]!];
  for (const one of asked.slice(1)) {
    const before = run.at(-1)!.counter;
    if (!begins || one.counter - before > APART || anyWithin(begins, before, one.counter)) {
      yield run;
      run = [];
    }
    run.push(one);
  }
  yield run;
}

function anyWithin(numbers: ReadonlySet<number>, above: number, upTo: number): boolean {
  for (let number = above + 1; number <= upTo; number += 1) if (numbers.has(number)) return true;
  return false;
}

/**
 * Where something else begins than one text, in what a peer wrote around the cursors; undefined
 * where that cannot be read.
 */
function beginnings(
  doc: LoroDoc,
  peer: PeerID,
  asked: readonly Asked[],
): ReadonlySet<number> | undefined {
  const found = new Set<number>();
  let from = 0;
  for (let at = 1; at <= asked.length; at += 1) {
    const before = asked[at - 1]!.counter;
    if (at < asked.length && asked[at]!.counter - before <= APART) continue;
    const counter = asked[from]!.counter;
    const span = { peer, counter, length: before + 1 - counter };
    const changes = orNothing("Reading the history", () => doc.exportJsonInIdSpan(span));
    if (!changes) return undefined;
    for (const change of changes) for (const one of change.ops) found.add(one.counter);
    from = at;
  }
  return found;
}

/** What Loro tells; undefined where it cannot. */
function orNothing<T>(what: string, read: () => T | undefined): T | undefined {
  try {
    return guarded(what, read);
  } catch (error) {
    if (error instanceof PeerPlanError && error.code === "document") return undefined;
    throw error;
  }
}
