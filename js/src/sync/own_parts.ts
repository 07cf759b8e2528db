import type { LoroDoc, PeerID, VersionVector } from "../document/loro";

/** The operations of one Loro peer, up to before `end`. */
export interface Span {
  peer: PeerID;
  counter: number;
  end: number;
}

type Part = Map<PeerID, Span>;

/**
 * What peers of the version `seen` lack of these spans, in the order in which it was written, with
 * a new part before each change that goes on from others that they lack. See `own.py`.
 */
export function ownParts(doc: LoroDoc, spans: Span[], seen: VersionVector): Uint8Array[] {
  const own = new Map(spans.map((span) => [span.peer, span]));
  const lacks = (peer: PeerID, counter: number) =>
    !own.has(peer) && counter >= (seen.get(peer) ?? 0);
  const whole = [...doc.oplogVersion().toJSON()].every(([peer, end]) => !lacks(peer, end - 1));
  return (whole ? [spans] : parted(doc, spans, lacks))
    .filter((part) => part.length > 0)
    .map((part) => exported(doc, part));
}

function parted(
  doc: LoroDoc,
  spans: Span[],
  lacks: (peer: PeerID, counter: number) => boolean,
): Span[][] {
  const parts: Part[] = [];
  for (const { span, change } of changes(doc, spans)) {
    const cut = change.deps.some(({ peer, counter }) => lacks(peer, counter));
    if (cut || parts.length === 0) parts.push(new Map());
    const part = parts.at(-1)!;
    const counter = part.get(span.peer)?.counter ?? Math.max(change.counter, span.counter);
    part.set(span.peer, { peer: span.peer, counter, end: change.counter + change.length });
  }
  return parts.map((part) => [...part.values()]);
}

function changes(doc: LoroDoc, spans: Span[]) {
  const found = spans.flatMap((span) => {
    const ofSpan = [];
    for (let at = span.counter; at < span.end; ) {
      const change = doc.getChangeAt({ peer: span.peer, counter: at });
      ofSpan.push({ span, change });
      at = change.counter + change.length;
    }
    return ofSpan;
  });
  return found.sort((one, other) => one.change.lamport - other.change.lamport);
}

function exported(doc: LoroDoc, part: Span[]): Uint8Array {
  const spans = part.map(({ peer, counter, end }) => ({
    id: { peer, counter },
    len: end - counter,
  }));
  return doc.export({ mode: "updates-in-range", spans });
}
