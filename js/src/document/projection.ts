/**
 * Raw records of the document as the types of `plan.json`. What a peer wrote in another form than
 * ours is left out, never thrown: one bad record must not hide a plan.
 */
import { length } from "../model/code_points";
import type { Receipt } from "../model/generated/plan";
import type { Annotation, Identity, Plan, Reply, Revision, Step } from "../model/view";
import type { Raw } from "./containers";
import { read } from "./reading";
import { isRecord } from "./shapes";
import { byCodePoint, sorted } from "./text";

export const REPLY = "reply:";
export const REACTION = "react:";
const PLAN_ID = /^(?:[0-7][0-9A-HJKMNP-TV-Z]{25}|[a-z0-9][a-z0-9-]{1,62})$/;

/** The fields that the plan itself has. */
export interface Header {
  id: string;
  title: string;
  repo: string;
  branch: string;
  pr: number;
  owner: string;
  created: number;
}

const FORMS: { [K in keyof Header]: (value: unknown) => boolean } = {
  id: (value) => typeof value === "string" && PLAN_ID.test(value),
  title: (value) => isText(value, 300) && value !== "",
  repo: (value) => isText(value, 500),
  branch: (value) => isText(value, 300),
  pr: (value) => isWhole(value, 1, 2 ** 31),
  owner: (value) => isText(value, 200),
  created: (value) => isWhole(value, 0, 2 ** 53),
};

function isText(value: unknown, most: number): boolean {
  return typeof value === "string" && length(value) <= most;
}

function isWhole(value: unknown, from: number, below: number): boolean {
  return Number.isInteger(value) && (value as number) >= from && (value as number) < below;
}

/** A field of the plan itself; undefined where it does not have the form of its name. */
export function headerField<K extends keyof Header>(name: K, raw: unknown): Header[K] | undefined {
  return FORMS[name](raw) ? (raw as Header[K]) : undefined;
}

/** The entity under `key` with its replies and reactions, without its anchor. */
export function annotation(
  key: string,
  raw: Raw,
  receipts: ReadonlyMap<string, Receipt>,
): Annotation | undefined {
  const state = isRecord(raw.state) ? raw.state : undefined;
  const made = read("Annotation", {
    ...raw,
    state: state ? state.value : "open",
    stateChange: state,
    replies: replies(key, raw, receipts),
    reactions: reactions(raw),
    receipt: receipts.get(key),
    anchor: null,
  });
  return made?.id === key ? made : undefined;
}

function replies(home: string, raw: Raw, receipts: ReadonlyMap<string, Receipt>): Reply[] {
  const found: Reply[] = [];
  for (const key of keysOf(raw, REPLY)) {
    const value = raw[key];
    const id = key.slice(REPLY.length);
    if (!isRecord(value)) continue;
    const reply = read("Reply", { ...value, receipt: receipts.get(`${home}/${id}`) });
    if (reply?.id === id) found.push(reply);
  }
  return found;
}

function reactions(raw: Raw): Record<string, string[]> {
  const given = new Map<string, string[]>();
  for (const key of keysOf(raw, REACTION)) {
    if (raw[key] !== true) continue;
    const [emoji, who] = parted(key.slice(REACTION.length));
    given.set(emoji, [...(given.get(emoji) ?? []), who]);
  }
  return Object.fromEntries(sorted(given.keys()).map((emoji) => [emoji, given.get(emoji)!]));
}

function keysOf(raw: Raw, prefix: string): string[] {
  return sorted(Object.keys(raw).filter((key) => key.startsWith(prefix)));
}

/** What is before the first colon, and what after it. */
export function parted(key: string): [string, string] {
  const at = key.indexOf(":");
  return at < 0 ? [key, ""] : [key.slice(0, at), key.slice(at + 1)];
}

/** Receipts by item, from keys such as `read:{item}`. */
export function receipts(raw: Raw): Map<string, Receipt> {
  const found = new Map<string, Record<string, unknown>>();
  for (const [key, at] of Object.entries(raw)) {
    const [state, item] = parted(key);
    const facts = found.get(item) ?? {};
    found.set(item, facts);
    if (state === "received" || state === "read") facts[state] = at;
  }
  const made = new Map<string, Receipt>();
  for (const [item, facts] of found) {
    const receipt = read("Receipt", facts);
    if (receipt) made.set(item, receipt);
  }
  return made;
}

/** The steps in order; a second one with an id that is taken gets one made from it. */
export function steps(raw: readonly Raw[]): Step[] {
  const found = new Map<string, Step>();
  for (const one of raw) {
    const step = read("Step", one);
    if (!step) continue;
    let key = step.id;
    for (let copies = 2; found.has(key); copies++) key = `${step.id.slice(0, 58)}_${copies}`;
    found.set(key, { ...step, id: key });
  }
  return [...found.values()];
}

/** Who took part, by id. */
export function identities(raw: Raw): Record<string, Identity> {
  const found: [string, Identity][] = [];
  for (const key of sorted(Object.keys(raw))) {
    const identity = isRecord(raw[key]) ? read("Identity", raw[key]) : undefined;
    if (identity) found.push([key, identity]);
  }
  return Object.fromEntries(found);
}

/** The policy, or the default one. */
export function policy(raw: Raw): Plan["policy"] {
  return read("Policy", raw) ?? { approvals: 1, excludeAuthor: true };
}

/**
 * Revisions oldest first, numbered from 1; the last is the current one. Ordered by the number they
 * were stored with, and by id where that is the same; a number above their count, which no peer
 * that saw them all writes, counts as 0.
 */
export function numbered(found: readonly Revision[]): Revision[] {
  const rank = ({ number }: Revision) => (number <= found.length ? number : 0);
  const ordered = [...found].sort((a, b) => rank(a) - rank(b) || byCodePoint(a.id, b.id));
  return ordered.map((one, index) => ({ ...one, number: index + 1 }));
}
