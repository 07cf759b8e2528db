import { type Crdt, CrdtType, DOCUMENTS } from "./frames";
import type { Presence } from "./presence";
import type { Session } from "./session";

const PRESENCE: ReadonlySet<Crdt> = new Set([CrdtType.LoroEphemeralStore]);

/**
 * One document and its presence, and the sessions that keep them equal with other peers. With
 * `relays`, what one session brings is sent to the others; without, only what this peer wrote.
 */
export class Room {
  /** What a peer that joins asks for. */
  readonly kinds: readonly Crdt[] = [CrdtType.Loro, CrdtType.LoroEphemeralStore];
  readonly name: string;
  readonly presence: Presence;
  readonly relays: boolean;
  readonly #members = new Set<Session>();
  /** Own changes since the last time when anybody was here. */
  #unheard = 0;

  constructor(name: string, presence: Presence, relays: boolean) {
    this.name = name;
    this.presence = presence;
    this.relays = relays;
  }

  enter(session: Session): void {
    this.#members.add(session);
  }

  /** Removes a session; its peer's presence goes with it, unless it is here by another. */
  exit(session: Session): void {
    if (!this.#members.delete(session) || !session.ephemeral) return;
    const { peer } = session.remote;
    if (!peer || [...this.#members].some((other) => other.remote.peer === peer)) return;
    this.presence.left(peer);
  }

  /** Sends a change that this peer made. */
  publish(update: Uint8Array): void {
    if (this.peers === 0) this.#unheard += 1;
    this.#send(DOCUMENTS, update);
  }

  /** Sends what this peer says of itself. */
  show(said: Uint8Array): void {
    this.#send(PRESENCE, said);
  }

  /** Relays what a session brought, if this peer may, and has others take in what waited for it. */
  imported(session: Session, updates: Uint8Array[]): void {
    const kinds = session.ephemeral ? PRESENCE : DOCUMENTS;
    for (const update of this.relays ? updates : []) this.#send(kinds, update, session);
    if (session.ephemeral) return;
    for (const other of this.#members) other.again();
  }

  /** Takes note that what another peer lacked is on its way to it. */
  joined(session: Session): void {
    if (session.ephemeral) this.show(this.presence.again());
    else this.#unheard = 0;
  }

  /** Keeps this peer's presence alive, and sends words that had to wait. */
  tick(): void {
    this.show(this.presence.tick());
  }

  /** How many peers are in the room besides this one. */
  get peers(): number {
    return this.#joined().length;
  }

  /** Own changes that some peer has not acknowledged: the most that any of them lacks. */
  get unsent(): number {
    return Math.max(this.#unheard, ...this.#joined().map((session) => session.pending));
  }

  #joined(): Session[] {
    return [...this.#members].filter((one) => !one.ephemeral && one.state === "joined");
  }

  #send(kinds: ReadonlySet<Crdt>, update: Uint8Array, origin: Session | null = null): void {
    if (update.length === 0) return;
    for (const session of [...this.#members]) {
      if (kinds.has(session.crdt) && session !== origin) session.push(update);
    }
  }
}
