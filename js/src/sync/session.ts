import { PeerPlanError } from "../model/errors";
import { Batches } from "./batches";
import { DEFLATE } from "./deflated";
import type { Cause, Role, SessionEvent, State } from "./events";
import {
  type Ack,
  batchOf,
  type Crdt,
  CrdtType,
  DOCUMENTS,
  encodeFrame,
  type Frame,
  type HexString,
  JoinErrorCode,
  type JoinRequest,
  type JoinResponseOk,
  MessageType,
  type Permission,
  RoomErrorCode,
  UpdateStatusCode,
} from "./frames";
import {
  decodeIntroduction,
  encodeIntroduction,
  type Introduction,
  STRANGER,
  type Terms,
} from "./introduction";
import { TokenBucket } from "./limits";
import { type DocumentPort, NO_VERSION } from "./ports";
import { Reception } from "./reception";

type Unaddressed<T> = T extends unknown ? Omit<T, "crdt" | "roomId"> : never;

/**
 * Keeps a document (or presence) equal with one other peer, as `session.py` does.
 *
 * Frames that come are given to `receive`, local changes to `push`, and `tick` is called a few
 * times a second; what is to be sent goes to `send`, what happened to `listen`. A session may
 * outlive its link: `disconnected`, then `start` again; version vectors make up for what was lost.
 * Updates are acknowledged when the port says that they are durable.
 */
export class Session {
  readonly room: string;
  readonly crdt: Crdt;
  readonly role: Role;
  state: State = "idle";
  /** What this side may do at the other. */
  permission: Permission = "read";
  remote: Introduction = STRANGER;
  /** Both set anew by who carries the session. */
  send: (frames: Uint8Array[]) => void = () => {};
  listen: (event: SessionEvent) => void = () => {};
  readonly #port: DocumentPort;
  readonly #terms: Terms;
  readonly #batches: Batches;
  readonly #reception: Reception;
  #bucket: TokenBucket;
  #unsent = 0;
  #secondTry = false;

  constructor(
    room: string,
    port: DocumentPort,
    role: Role,
    terms: Terms,
    crdt: Crdt = CrdtType.Loro,
  ) {
    this.room = room;
    this.crdt = crdt;
    this.role = role;
    this.#port = port;
    this.#terms = terms;
    this.#batches = new Batches(crdt, room, terms.limits, terms.clock);
    this.#batches.ready = () => {
      if (this.state === "joined") this.send(this.#batches.flush());
    };
    this.#reception = new Reception(port, terms, crdt, {
      ack: (batch, status) => this.#acknowledge(batch, status),
      imported: (updates) => this.listen({ kind: "imported", updates }),
      breach: (reason, cause) => this.evict(reason, cause),
    });
    this.#bucket = this.#newBucket();
  }

  /** Local changes that the other peer has not acknowledged (0 where peers do not say). */
  get pending(): number {
    return this.#unsent + this.#batches.changes;
  }

  /** Whether the room holds presence. */
  get ephemeral(): boolean {
    return !DOCUMENTS.has(this.crdt);
  }

  /** Asks to join; for the requester, at each new link. */
  start(): void {
    this.disconnected();
    this.#bucket = this.#newBucket();
    this.#secondTry = false;
    this.#ask();
  }

  /** Takes note that nothing sent so far can be counted on. */
  disconnected(): void {
    this.#unsent += this.#batches.clear();
    this.#reception.reset();
    this.state = "idle";
  }

  /** Ends the session from this side, after what waited to be sent. */
  leave(): void {
    const was = this.state;
    this.state = "closed";
    if (was === "joined") this.send(this.#batches.rest());
    if (was === "joining" || was === "joined") this.#put({ type: MessageType.Leave });
  }

  /** Puts the other peer out. */
  evict(message: string, cause: Cause = "broken"): void {
    this.#put({ type: MessageType.RoomError, code: RoomErrorCode.Evicted, message });
    this.#reception.giveUp();
    this.#close(message, cause);
  }

  /** Sends a change that this session did not bring, now or when it is possible. */
  push(update: Uint8Array): void {
    const told = this.#port.outgoing ? this.#port.outgoing(update) : update;
    if (told.length === 0) return;
    if (this.state === "joined" && this.permission === "write") {
      this.send(this.#batches.add(told));
    } else if (this.role === "requester" && !this.ephemeral && this.state !== "closed") {
      this.#unsent += 1;
    }
  }

  /** Does what is due: batches that took too long, batches to send again or at last. */
  tick(): void {
    if (this.state !== "joined") return;
    this.#reception.tick();
    this.send([...this.#batches.retries(), ...this.#batches.flush()]);
  }

  /** Takes in what came before what it depends on, as far as that came since. */
  again(): void {
    if (this.state === "joined") this.#reception.again();
  }

  /** Resolves when everything that was received is taken in or refused. */
  settled(): Promise<void> {
    return this.#reception.settled();
  }

  /** Takes one frame of this room. */
  receive(frame: Frame): void {
    if (this.state === "closed") return;
    if (this.#bucket.take()) this.#receive(frame);
    else this.#flooded(frame);
  }

  #receive(frame: Frame): void {
    switch (frame.type) {
      case MessageType.JoinRequest:
        this.#joinRequest(frame);
        break;
      case MessageType.JoinResponseOk:
        this.#joinResponse(frame);
        break;
      case MessageType.JoinError:
        this.#joinError(frame.code, frame.message);
        break;
      case MessageType.Ack:
        this.#acknowledged(frame);
        break;
      case MessageType.RoomError:
        void this.#roomError(frame.code, frame.message);
        break;
      case MessageType.Leave:
        void this.#left();
        break;
      default:
        this.#reception.receive(frame);
    }
  }

  #ask(): void {
    this.state = "joining";
    this.#request(this.#version());
  }

  #request(version: Uint8Array): void {
    const auth = encodeIntroduction(this.#terms.introduction);
    this.#put({ type: MessageType.JoinRequest, auth, version });
  }

  #joinRequest(frame: JoinRequest): void {
    if (this.role !== "receiver") {
      this.evict("A request to join came from the wrong side.");
      return;
    }
    const permission = this.#meet(frame.auth, (error) => this.#turnAway(error));
    if (!permission) return;
    this.permission = "write";
    this.#batches.clear();
    this.#batches.acks = this.remote.acks && !this.ephemeral;
    const extra = encodeIntroduction(this.#terms.introduction);
    const version = this.#version();
    this.#put({ type: MessageType.JoinResponseOk, permission, version, extra });
    this.#backfill(frame.version);
    this.listen({ kind: "joined", permission: this.permission, remote: this.remote });
  }

  #joinResponse(frame: JoinResponseOk): void {
    if (this.state !== "joining") {
      this.evict("An answer to a join came unasked.");
      return;
    }
    const granted = this.#meet(frame.extra ?? new Uint8Array(), ({ message }) => {
      this.#put({ type: MessageType.Leave });
      this.#close(message, "broken");
    });
    if (!granted) return;
    this.permission = frame.permission;
    this.#batches.acks = !this.ephemeral;
    if (this.permission === "write") this.#backfill(frame.version);
    this.listen({ kind: "joined", permission: this.permission, remote: this.remote });
  }

  /** Joins with the peer as it introduces itself; null after `refuse` if it may not. */
  #meet(raw: Uint8Array, refuse: (error: PeerPlanError) => void): Permission | null {
    try {
      const most = this.#terms.limits.introduction;
      if (raw.length > most) {
        const message = `An introduction of ${raw.length} bytes; ${most} are allowed.`;
        throw new PeerPlanError("too_large", message);
      }
      const remote = decodeIntroduction(raw);
      this.#reception.granted = this.#terms.admit(this.room, remote, this.crdt);
      this.remote = remote;
      const both = [this.#terms.introduction, remote];
      const deflate = both.every(({ features }) => features.includes(DEFLATE));
      this.#batches.deflates = this.crdt === CrdtType.Loro && deflate;
      this.state = "joined";
    } catch (error) {
      if (!(error instanceof PeerPlanError)) throw error;
      refuse(error);
    }
    return this.#reception.granted;
  }

  #turnAway({ code: appCode, message }: PeerPlanError): void {
    const forbidden = appCode === "forbidden";
    const code = forbidden ? JoinErrorCode.AuthFailed : JoinErrorCode.AppError;
    this.#put({ type: MessageType.JoinError, code, message, ...(forbidden ? {} : { appCode }) });
    this.#close(message);
  }

  #joinError(code: JoinErrorCode, message: string): void {
    const unknown = code === JoinErrorCode.VersionUnknown;
    if (unknown && this.state === "joining" && !this.#secondTry) {
      this.#secondTry = true;
      this.#request(NO_VERSION);
    } else this.#close(`The room refused: ${message || `code ${code}`}`, "refused");
  }

  #backfill(version: Uint8Array): void {
    let changes = this.#unsent;
    this.#unsent = 0;
    for (const part of this.#missing(version)) {
      this.send(this.#batches.add(part, Math.max(changes, 1)));
      changes = 0;
    }
  }

  /** What a peer of that version lacks: everything, if the version is not understood. */
  #missing(version: Uint8Array): Uint8Array[] {
    try {
      return this.#parts(version);
    } catch (error) {
      if (!(error instanceof PeerPlanError)) throw error;
      return this.#parts(new Uint8Array());
    }
  }

  #parts(version: Uint8Array): Uint8Array[] {
    const parts = this.#port.partsSince?.(version) ?? [this.#port.updatesSince(version)];
    return parts.filter((part) => part.length > 0);
  }

  #version(): Uint8Array {
    const version = this.#port.version();
    return version.length === 0 && !this.ephemeral ? NO_VERSION : version;
  }

  #flooded(frame: Frame): void {
    const batch = batchOf(frame);
    if (batch) this.#ack(batch, UpdateStatusCode.RateLimited);
    this.evict(`More than ${this.#terms.limits.messagesPerSecond} messages a second came.`);
  }

  /** Closes once that is taken in which came before. */
  async #left(): Promise<void> {
    await this.settled();
    if (this.state !== "closed") this.#close("The other peer left the room.");
  }

  #acknowledge(batch: HexString, status: UpdateStatusCode): void {
    const wanted = this.role === "receiver" || this.remote.acks || status !== UpdateStatusCode.Ok;
    if (wanted) this.#ack(batch, status);
  }

  #acknowledged({ refId, status }: Ack): void {
    const batch = this.#batches.acknowledged(refId, status);
    if (batch && status !== UpdateStatusCode.Ok) {
      this.listen({ kind: "refused", status, changes: batch.changes });
    }
    this.send([...this.#batches.retries(), ...this.#batches.flush()]);
    if (batch && this.pending === 0) this.listen({ kind: "settled" });
  }

  /** Puts this peer out once that is taken in which came before: it may say why. */
  async #roomError(code: RoomErrorCode, message: string): Promise<void> {
    const again = code === RoomErrorCode.RejoinSuggested && this.role === "requester";
    if (again && this.state === "joined") {
      this.disconnected();
      this.#ask();
      return;
    }
    await this.settled();
    if (this.state === "closed") return;
    this.#close(`The other peer ended it: ${message || `code ${code}`}`, "refused");
  }

  #close(reason: string, cause: Cause = "left"): void {
    this.disconnected();
    this.state = "closed";
    this.listen({ kind: "closed", reason, cause });
  }

  #ack(refId: HexString, status: UpdateStatusCode): void {
    this.#put({ type: MessageType.Ack, refId, status });
  }

  #put(frame: Unaddressed<Frame>): void {
    this.send([encodeFrame({ ...frame, crdt: this.crdt, roomId: this.room } as Frame)]);
  }

  #newBucket(): TokenBucket {
    const { messagesPerSecond, burst } = this.#terms.limits;
    return new TokenBucket(messagesPerSecond, burst, this.#terms.clock);
  }
}
