import { PeerPlanError } from "../model/errors";
import { type Channel, type Message, sizeOf } from "./channel";
import type { Cause, Role, SessionEvent } from "./events";
import {
  batchOf,
  type Crdt,
  CrdtType,
  decodeFrame,
  encodeFrame,
  JoinErrorCode,
  type JoinRequest,
  MessageType,
  UpdateStatusCode,
} from "./frames";
import { type Hearing, INTENTIONS } from "./intentions";
import type { Terms } from "./introduction";
import { TokenBucket } from "./limits";
import { BreachError, type DocumentPort } from "./ports";
import type { Room } from "./room";
import { Session } from "./session";

/** Milliseconds between two looks at what is due. */
const TICK = 250;
/** Milliseconds that a peer has to take what was still to be sent at the end. */
const FLUSH = 2000;

export interface ConnectionOptions {
  role: Role;
  terms: Terms;
  room: Room;
  /** What is kept equal with this peer, from this side; null for a kind that is not kept here. */
  port: (crdt: Crdt, role: Role) => DocumentPort | null;
  /** Takes note of what this peer is about to write; without it what it says of that is ignored. */
  hearing?: Hearing | null;
  listen?: (session: Session, event: SessionEvent) => void;
}

/** Why a connection ended. */
export interface Ending {
  reason: string;
  cause: Cause;
}

/**
 * Carries a room's sessions with one peer over one channel, for as long as that lasts. The
 * requester joins; the receiver answers. A peer that is silent is asked, and left when it stays so.
 */
export class Connection {
  /** Seconds between the last ping and its answer. */
  rtt: number | null = null;
  readonly #options: ConnectionOptions;
  readonly #channel: Channel;
  readonly #sessions = new Map<Crdt, Session>();
  readonly #bucket: TokenBucket;
  #outbox: Message[] = [];
  #outboxSize = 0;
  #wake: () => void = () => {};
  /** Whether all that was to be sent is with the channel. */
  #idle = false;
  #ending: Ending | null = null;
  readonly #closed: Promise<void>;
  #close!: () => void;
  #heard: number;
  #pinged: number;
  #ticked: number;

  constructor(channel: Channel, options: ConnectionOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#closed = new Promise((resolve) => {
      this.#close = resolve;
    });
    const { limits, clock } = options.terms;
    this.#bucket = new TokenBucket(limits.messagesPerSecond, limits.burst, clock);
    this.#heard = this.#pinged = this.#ticked = clock();
  }

  /** Whether the other peer has acknowledged all that it was to get of the document. */
  get settled(): boolean {
    const documents = [...this.#sessions.values()].filter((one) => !one.ephemeral);
    const acknowledged = documents.every((one) => one.state === "joined" && one.pending === 0);
    return documents.length > 0 && acknowledged;
  }

  /**
   * Lasts until all is taken in that came before the channel ended, or `close`; the channel is left
   * open, after what had to be sent.
   */
  async run(): Promise<Ending> {
    const ticking = setInterval(() => this.#tick(), TICK);
    const sending = this.#sendAll();
    try {
      if (this.#options.role === "requester") this.#join();
      this.#ping();
      const reading = this.#readAll();
      // What came before the channel was closed may not have been read.
      await Promise.race([reading, sending.then(() => reading), this.#closed]);
      this.close("The other peer closed the link.");
      await Promise.race([sending, after(FLUSH)]);
    } finally {
      clearInterval(ticking);
      this.#release();
    }
    return this.#ending!;
  }

  /** Ends the connection, after what waits to be sent. */
  close(reason: string, cause: Cause = "left"): void {
    this.#ending ??= { reason, cause };
    this.#close();
    this.#wake();
  }

  /** Leaves the rooms, which the other peer is told, and ends. */
  leave(): void {
    for (const session of this.#sessions.values()) session.leave();
    this.close("This peer leaves.");
  }

  /** Puts the other peer out, which is told why, and ends. */
  putOut(reason: string): void {
    this.close(reason);
    for (const session of [...this.#sessions.values()]) session.evict(reason);
  }

  /** Says at once what this page is about to write, if the other peer takes note of it and nothing
   * has to wait: else the change is as quick. Whether it was said. */
  foretell(text: string): boolean {
    const session = this.#sessions.get(CrdtType.Loro);
    const listens = session?.state === "joined" && session.remote.features.includes(INTENTIONS);
    const said = listens && session.permission === "write" && this.#idle && !this.#ending;
    return (said && this.#channel.sendNow?.(text)) ?? false;
  }

  /** Asks now whether the other peer is there, and soon gives it up if it does not answer. */
  probe(): void {
    const { clock, limits } = this.#options.terms;
    this.#heard = Math.min(this.#heard, clock() - limits.silence + limits.keepalive);
    this.#ping();
  }

  #join(): void {
    for (const crdt of this.#options.room.kinds) this.#session(crdt)?.start();
  }

  #session(crdt: Crdt): Session | null {
    const { role, terms, room, port } = this.#options;
    const kept = port(crdt, role);
    if (!kept) return null;
    this.#forget(crdt);
    const session = new Session(room.name, kept, role, terms, crdt);
    session.send = (frames) => this.#put(frames);
    session.listen = (event) => this.#listen(session, event);
    this.#sessions.set(crdt, session);
    room.enter(session);
    return session;
  }

  #forget(crdt: Crdt): void {
    const session = this.#sessions.get(crdt);
    this.#sessions.delete(crdt);
    if (session) this.#options.room.exit(session);
  }

  #release(): void {
    for (const [crdt, session] of [...this.#sessions]) {
      this.#forget(crdt);
      session.disconnected();
    }
    this.#options.hearing?.end();
  }

  async #readAll(): Promise<void> {
    while (!this.#ending) {
      const message = await this.#channel.receive();
      if (message === null) return this.#settled();
      if (!this.#ending) this.#take(message);
    }
  }

  /** Resolves when what came is taken in, or has taken too long. */
  async #settled(): Promise<void> {
    const settled = [...this.#sessions.values()].map((session) => session.settled());
    await Promise.race([Promise.all(settled), after(FLUSH)]);
  }

  #take(message: Message): void {
    this.#heard = this.#options.terms.clock();
    try {
      if (typeof message === "string") this.#text(message);
      else this.#frame(message);
    } catch (error) {
      if (!(error instanceof PeerPlanError)) throw error;
      if (error instanceof BreachError) this.#overstepped(error.message);
      this.close(error.message, "broken");
    }
  }

  /** Who does what it may not is told so. */
  #overstepped(reason: string): void {
    this.close(reason, "overstepped");
    for (const session of [...this.#sessions.values()]) session.evict(reason, "overstepped");
  }

  #frame(message: Uint8Array): void {
    const frame = decodeFrame(message);
    const here = frame.roomId === this.#options.room.name;
    const session = here ? this.#sessions.get(frame.crdt) : undefined;
    if (frame.type === MessageType.JoinRequest && this.#options.role === "receiver") {
      this.#joinRequest(frame, here);
    } else if (session) session.receive(frame);
    else if (!this.#bucket.take()) this.#flooded();
    else {
      const batch = batchOf(frame);
      const status = UpdateStatusCode.PermissionDenied;
      if (batch && frame.type !== MessageType.DocUpdateFragment) {
        const { crdt, roomId } = frame;
        this.#put([encodeFrame({ type: MessageType.Ack, crdt, roomId, refId: batch, status })]);
      }
    }
  }

  #joinRequest(frame: JoinRequest, here: boolean): void {
    if (!this.#bucket.take()) {
      this.#flooded();
      return;
    }
    const session = here ? this.#session(frame.crdt) : null;
    if (session) session.receive(frame);
    else {
      const { crdt, roomId } = frame;
      const refused = { code: JoinErrorCode.AuthFailed, message: "There is nothing to join here." };
      this.#put([encodeFrame({ type: MessageType.JoinError, crdt, roomId, ...refused })]);
    }
  }

  #text(text: string): void {
    if (!this.#bucket.take()) this.#flooded();
    else if (text === "ping") this.#put(["pong"]);
    else if (text === "pong") this.rtt = this.#heard - this.#pinged;
    else this.#options.hearing?.hear(text);
  }

  #flooded(): void {
    this.close("Too many messages outside of rooms came.", "broken");
  }

  #listen(session: Session, event: SessionEvent): void {
    const { room, listen } = this.#options;
    if (event.kind === "imported") room.imported(session, event.updates);
    if (event.kind === "joined") room.joined(session);
    if (event.kind === "closed") {
      if (this.#sessions.get(session.crdt) === session) this.#forget(session.crdt);
      const { reason, cause } = event;
      const stays = cause === "left" || (cause === "refused" && session.ephemeral);
      if (!stays || this.#sessions.size === 0) this.close(reason, cause);
    }
    listen?.(session, event);
  }

  #put(messages: Message[]): void {
    for (const message of messages) {
      // What follows in this task, such as drawing what was written, takes longer than the way.
      if (this.#idle && this.#channel.sendNow?.(message)) continue;
      this.#outbox.push(message);
      this.#outboxSize += sizeOf(message);
      this.#wake();
    }
    if (this.#outboxSize <= this.#options.terms.limits.outbox) return;
    this.#outbox = [];
    this.#outboxSize = 0;
    this.close("The other peer reads too slowly.");
  }

  async #sendAll(): Promise<void> {
    try {
      while (this.#outbox.length > 0 || !this.#ending) {
        const messages = this.#outbox;
        this.#outbox = [];
        for (const message of messages) {
          await this.#channel.send(message);
          this.#outboxSize = Math.max(0, this.#outboxSize - sizeOf(message));
        }
        if (this.#outbox.length === 0 && !this.#ending) await this.#woken();
      }
    } catch (error) {
      const gone = error instanceof PeerPlanError && error.code === "unreachable";
      if (!gone) throw error;
    }
  }

  #woken(): Promise<void> {
    this.#idle = true;
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#idle = false;
        resolve();
      };
    });
  }

  #tick(): void {
    for (const session of [...this.#sessions.values()]) session.tick();
    this.#options.room.tick();
    this.#mindSilence();
  }

  #mindSilence(): void {
    const { clock, limits } = this.#options.terms;
    const now = clock();
    // Browsers stop the timers of hidden pages and sleeping machines; who slept asks before judging.
    const slept = now - this.#ticked > limits.keepalive;
    this.#ticked = now;
    if (slept) this.#heard = Math.max(this.#heard, now - limits.silence + limits.keepalive);
    if (now - this.#heard > limits.silence) this.close("The other peer does not answer.");
    else if (slept || now - Math.max(this.#heard, this.#pinged) > limits.keepalive) this.#ping();
  }

  #ping(): void {
    this.#pinged = this.#options.terms.clock();
    this.#put(["ping"]);
  }
}

function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
