import { PeerPlanError } from "../model/errors";
import type { SentOperation } from "../model/view";
import { Bulk } from "./bulk";
import type { PairLink } from "./channel";
import { Connection, type Ending } from "./connection";
import { canDeflate, DEFLATE } from "./deflated";
import { type Crdt, CrdtType, type Permission } from "./frames";
import type { Member } from "./handshake";
import { Foretelling, INTENTIONS } from "./intentions";
import { type Introduction, type Terms, terms } from "./introduction";
import { memberPort } from "./member_ports";
import type { Presence } from "./presence";
import type { Replica } from "./replica";
import { Room } from "./room";
import { roleOf, type Standing } from "./standing";

interface Carried {
  connection: Connection;
  bulk: Bulk;
  member: Member;
  over: Promise<Ending>;
}

/** Keeps the plan, who is here and what is attached equal over every link that it is given. */
export class Carrier {
  readonly room: Room;
  readonly #replica: Replica;
  readonly #standing: Standing;
  readonly #presence: Presence;
  readonly #carried = new Map<PairLink, Carried>();
  readonly #given: Partial<Terms>;
  readonly #happened: () => void;
  readonly #foretelling = new Foretelling();

  constructor(
    replica: Replica,
    standing: Standing,
    presence: Presence,
    happened: () => void,
    given: Partial<Terms> = {},
  ) {
    this.#happened = happened;
    this.#replica = replica;
    this.#standing = standing;
    this.#presence = presence;
    this.#given = given;
    this.room = new Room(replica.plan, presence, this.#all);
  }

  /**
   * Lasts until all is taken in that came before the link was closed, or until one of the two ends
   * what goes over it; the link is left to the caller.
   */
  async carry(link: PairLink, member: Member): Promise<Ending> {
    const connection = this.#connection(link, member);
    const bulk = new Bulk(link.bulk, (hash) => this.#replica.artifact(hash), link.offered);
    const over = connection.run();
    this.#carried.set(link, { connection, bulk, member, over });
    bulk.run().catch((error: unknown) => {
      if (!(error instanceof PeerPlanError)) throw error;
      connection.close(error.message, "broken");
    });
    try {
      return await over;
    } finally {
      this.#carried.delete(link);
    }
  }

  /** Says goodbye on every link; resolves when all have ended. */
  async leave(): Promise<void> {
    const carried = [...this.#carried.values()];
    for (const { connection } of carried) connection.leave();
    await Promise.all(carried.map(({ over }) => over));
  }

  /** Ends what goes over a link, and says why. */
  putOut(link: PairLink, reason: string): void {
    this.#carried.get(link)?.connection.putOut(reason);
  }

  /** Tells those who take note of it what this page is about to write; how to take that back. */
  intend(operation: SentOperation): (() => void) | null {
    const text = this.#foretelling.intend(operation);
    const linked = text === null ? [] : [...this.#carried.values()];
    const told = linked.filter(({ connection }) => connection.foretell(text!));
    if (told.length === 0) return null;
    const abandon = this.#foretelling.abandon(operation);
    return () => {
      for (const { connection } of told) connection.foretell(abandon);
    };
  }

  /** Asks whether the other end of a link is still there. */
  probe(link: PairLink): void {
    this.#carried.get(link)?.connection.probe();
  }

  rtt(link: PairLink | null): number | null {
    return (link && this.#carried.get(link)?.connection.rtt) ?? null;
  }

  /** Whether some other owner who is linked has acknowledged everything. */
  get ownerHasAll(): boolean {
    const owners = [...this.#carried.values()].filter(({ member }) => member.role === "owner");
    return owners.some(({ connection }) => connection.settled);
  }

  /** Who may be asked for artifacts: direct links first, and owners before others. */
  sources(): Bulk[] {
    const far = ([link]: [PairLink, Carried]) => (link.path === "relay" ? 1 : 0);
    const strange = ([, { member }]: [PairLink, Carried]) => (member.role === "owner" ? 0 : 1);
    return [...this.#carried]
      .sort((one, other) => far(one) - far(other) || strange(one) - strange(other))
      .map(([, { bulk }]) => bulk);
  }

  /** Owners send everything, others what they wrote themselves. */
  get #all(): boolean {
    return roleOf(this.#standing) === "owner";
  }

  #connection(link: PairLink, member: Member): Connection {
    const { actor } = this.#standing.ticket;
    const far = link.path === "relay" || link.path === "local";
    const hearing = far ? null : (this.#replica.hearing?.(member) ?? null);
    const features = [...(canDeflate() ? [DEFLATE] : []), ...(hearing ? [INTENTIONS] : [])];
    const introduction = { identity: { ...actor }, peer: this.#presence.key, acks: true, features };
    const ports = { replica: this.#replica, presence: this.#presence, member, all: this.#all };
    return new Connection(link.control, {
      role: link.offered ? "requester" : "receiver",
      room: this.room,
      hearing,
      listen: () => this.#happened(),
      port: (crdt) => memberPort(crdt, ports),
      terms: terms({
        admit: (_room, who, crdt) => permission(member, who, crdt),
        introduction,
        ...this.#given,
      }),
    });
  }
}

/** Under which key a peer keeps its presence is proved already, and what it may write. */
function permission(member: Member, who: Introduction, crdt: Crdt): Permission {
  if (who.peer !== member.peer) {
    throw new PeerPlanError(
      "forbidden",
      "The peer introduces itself under another id than its own.",
    );
  }
  return member.role === "viewer" && crdt === CrdtType.Loro ? "read" : "write";
}
