import { guarded, newDocument } from "../document/guard";
import type { LoroDoc, PeerID } from "../document/loro";
import { isContainer } from "../document/loro";
import type { GateCopy } from "./gate_copy";
import type { MemberRole } from "./grant";
import type { Person } from "./hello";
import { BreachError } from "./ports";
import { type Before, Rules } from "./rules";
import { namesOf, type Write, writesOf } from "./writes";

/** Operations of a Loro peer that are looked at to learn whose it is. */
const HISTORY = 2000;

/** What one member of a room may bring into a document. One copy may serve many gates. */
export class Gate {
  readonly #role: MemberRole;
  readonly #who: Person;
  readonly #copy: GateCopy;
  /** Loro peers that were found to write for this member. */
  readonly #own = new Set<PeerID>();

  constructor(role: MemberRole, who: Person, copy: GateCopy) {
    this.#role = role;
    this.#who = who;
    this.#copy = copy;
  }

  /**
   * Throws unless the member may make this change; nothing of it is kept. A `BreachError` names
   * the first thing that is not allowed; an `UnreadyError` asks for the update again later; other
   * errors as `GateCopy` has them.
   */
  check(update: Uint8Array): void {
    if (this.#role === "owner") return;
    if (this.#role === "viewer")
      throw new BreachError("A viewer may only read.", { hint: "Ask for another invitation." });
    const writes = this.#copy.writes(update);
    guarded("Judging an update", () => this.#judge(writes));
  }

  #judge(writes: readonly Write[]): void {
    const document = this.#copy.document() ?? newDocument();
    for (const [peer, start] of beginnings(writes)) this.#checkPeer(document, peer, start);
    new Rules(this.#who, before(document, this.#copy.markers)).judge(writes);
  }

  /** Who goes on under the Loro peer of somebody else takes the place of what they write. */
  #checkPeer(document: LoroDoc, peer: PeerID, start: number): void {
    if (start > 0 && !this.#own.has(peer)) {
      const last = writesOf(document, peer, Math.max(start - HISTORY, 0), start);
      if (!namesOf(last).has(this.#who.id))
        throw new BreachError("The update goes on under the Loro peer of somebody else.");
    }
    this.#own.add(peer);
  }
}

/** A document as it was before a change, read by known paths. */
function before(doc: LoroDoc, markers: LoroDoc): Before {
  return {
    field(collection, key, name) {
      const place = `cid:root-🤝:$${collection}>${key}:Map` as const;
      return doc.hasContainer(place) ? plain(doc.getMap(place).get(name)) : undefined;
    },
    value: (root, key) => plain(doc.getMap(root).get(key)),
    marker(collection, key) {
      const counter = markers.opCount();
      markers.getMap(collection).ensureMergeableMap(key);
      markers.commit();
      const [made] = writesOf(markers, markers.peerIdStr, counter, counter + 1);
      return made?.value;
    },
  };
}

/** Where a container is, no value is: what nobody can have written as theirs. */
function plain(found: unknown): unknown {
  return isContainer(found as never) ? NaN : found;
}

/** The first operation of each Loro peer. */
function beginnings(writes: readonly Write[]): Map<PeerID, number> {
  const found = new Map<PeerID, number>();
  for (const { peer, counter } of writes)
    found.set(peer, Math.min(counter, found.get(peer) ?? counter));
  return found;
}
