import type { LoroDoc, PeerID } from "../document/loro";

/** One operation as Loro's JSON has it: a key of a map is set, or something else happens. */
export interface Write {
  readonly peer: PeerID;
  readonly counter: number;
  readonly container: string;
  readonly type: string;
  readonly key: string;
  readonly value: unknown;
}

/** Operations written out at once: each may repeat one long key. */
const SPAN = 16;

/** The operations of a Loro peer from `start` to before `end`. */
export function* writesOf(doc: LoroDoc, peer: PeerID, start: number, end: number) {
  for (let counter = start; counter < end; counter += SPAN) {
    const length = Math.min(SPAN, end - counter);
    for (const change of doc.exportJsonInIdSpan({ peer, counter, length }))
      for (const op of change.ops) yield writeOf(peer, op);
  }
}

/** Where a write goes, for a person. */
export function placeOf({ container, key }: Write): string {
  const name = container.replace(/^cid:root-(🤝:\$)?/u, "").replaceAll(">", "/");
  return `${name.slice(0, 100)} ${key.slice(0, 60)}`.trim();
}

/** The ids of those in whose name something was written. */
export function namesOf(writes: Iterable<Write>): Set<string> {
  const found = new Set<string>();
  for (const { container, key, value } of writes) {
    if (container === "cid:root-identities:Map") found.add(key);
    else if (key === "author" && typeof value === "string") found.add(value);
    else for (const name of namedIn(value)) found.add(name);
  }
  return found;
}

function namedIn(value: unknown): string[] {
  if (value === null || typeof value !== "object") return [];
  const { by, author } = value as { by?: unknown; author?: unknown };
  return [by, author].filter((one) => typeof one === "string");
}

function writeOf(peer: PeerID, op: { container: string; counter: number; content: object }): Write {
  const { type, key, value } = op.content as { type?: unknown; key?: unknown; value?: unknown };
  const { container, counter } = op;
  const name = typeof key === "string" ? key : "";
  return { peer, counter, container, type: String(type), key: name, value };
}
