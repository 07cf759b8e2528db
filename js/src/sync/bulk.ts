import { PeerPlanError } from "../model/errors";
import { type Channel, FRAME_BYTES, type Message } from "./channel";
import { joined } from "./keys";

/** Artifacts that are given over one link at a time. */
const MOST = 4;
const PIECE = FRAME_BYTES - 4;
/** Bytes that are read from the browser's storage at once. */
const BLOCK = 64 * PIECE;
/** Milliseconds without news after which an artifact is asked of somebody else. */
const SILENCE = 15_000;
const MAX_TEXT = 1024;
const HASH = /^sha256:[0-9a-f]{64}$/;

interface Said {
  type: string;
  id: number;
  [field: string]: unknown;
}

/** The bytes of a hash, if the plan names it and they are here. */
export type Find = (hash: string) => Promise<Blob | null>;

/**
 * Artifacts by their sha256 over the bulk channel of one link: gives what the other peer asks for,
 * and asks it. See `docs/mesh.md`.
 */
export class Bulk {
  readonly #channel: Channel;
  readonly #find: Find;
  readonly #given = new Map<number, { stopped: boolean }>();
  readonly #asked = new Map<number, Answers>();
  #next: number;

  constructor(channel: Channel, find: Find, offered: boolean) {
    this.#channel = channel;
    this.#find = find;
    this.#next = offered ? 1 : 2;
  }

  /** Lasts as long as the channel; rejects with `protocol` when the other peer breaks its rules. */
  async run(): Promise<void> {
    try {
      for (;;) {
        const message = await this.#channel.receive();
        if (message === null) return;
        if (typeof message === "string") this.#take(parsed(message));
        else this.#piece(message);
      }
    } finally {
      for (const given of this.#given.values()) given.stopped = true;
      for (const [id, answers] of this.#asked) answers.put({ type: "stop", id });
    }
  }

  /**
   * The size of an artifact, then its bytes from `offset` on in pieces, not verified. Rejects with
   * `not_found` if the other peer does not give it, with `unreachable` when it ends or is silent
   * before the last piece, and `integrity` when it gives more than it said.
   */
  async *fetch(hash: string, offset = 0): AsyncGenerator<Uint8Array, void, void> {
    const id = this.#next;
    this.#next += 2;
    const answers = new Answers();
    this.#asked.set(id, answers);
    try {
      await this.#say({ type: "want", id, hash, offset });
      let left = sizeIn(await answers.next()) - offset;
      while (left > 0) {
        const piece = await answers.next();
        if (!(piece instanceof Uint8Array)) throw stopped();
        left -= piece.length;
        if (left < 0) throw new PeerPlanError("integrity", "More bytes came than were announced.");
        yield piece;
      }
    } finally {
      this.#asked.delete(id);
      void this.#say({ type: "stop", id }).catch(unlessGone);
    }
  }

  #take(said: Said): void {
    const { type, id } = said;
    if (type === "want") this.#want(id, said);
    else if (type === "stop" && this.#given.has(id)) this.#given.get(id)!.stopped = true;
    else if (type === "have" || type === "lack" || type === "stop") this.#asked.get(id)?.put(said);
  }

  #piece(message: Uint8Array): void {
    if (message.length <= 4) throw broken("A piece of an artifact is empty.");
    const id = new DataView(message.buffer, message.byteOffset).getUint32(0);
    this.#asked.get(id)?.put(message.subarray(4));
  }

  #want(id: number, { hash, offset }: Said): void {
    if (this.#given.has(id) || this.#given.size >= MOST) {
      throw broken(`More than ${MOST} artifacts were asked for at once.`);
    }
    const known = typeof hash === "string" && HASH.test(hash) && Number.isSafeInteger(offset);
    const giving = { stopped: false };
    this.#given.set(id, giving);
    void this.#give(id, known ? hash : null, Math.max(0, Number(offset)), giving)
      .catch(unlessGone)
      .finally(() => this.#given.delete(id));
  }

  async #give(id: number, hash: string | null, offset: number, giving: { stopped: boolean }) {
    const blob = hash ? await this.#find(hash) : null;
    if (!blob) {
      await this.#say({ type: "lack", id });
      return;
    }
    await this.#say({ type: "have", id, size: blob.size });
    const head = new Uint8Array(4);
    new DataView(head.buffer).setUint32(0, id);
    for (let at = offset; at < blob.size; at += BLOCK) {
      const block = new Uint8Array(await blob.slice(at, at + BLOCK).arrayBuffer());
      for (let from = 0; from < block.length; from += PIECE) {
        if (giving.stopped) return;
        await this.#channel.send(joined(head, block.subarray(from, from + PIECE)));
      }
    }
  }

  #say(said: Said): Promise<void> {
    return this.#channel.send(JSON.stringify(said));
  }
}

type Answer = Uint8Array | Said;

/** What came for one question and was not read yet. */
class Answers {
  readonly #waiting: Answer[] = [];
  #wake: (() => void) | null = null;

  put(answer: Answer): void {
    this.#waiting.push(answer);
    this.#wake?.();
  }

  async next(): Promise<Answer> {
    if (this.#waiting.length === 0) await this.#more();
    const next = this.#waiting.shift();
    if (next) return next;
    throw new PeerPlanError("unreachable", "The other peer does not go on giving the artifact.");
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, SILENCE);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function sizeIn(answer: Answer): number {
  if (answer instanceof Uint8Array || answer.type === "lack") {
    throw new PeerPlanError("not_found", "The other peer does not have the artifact.");
  }
  if (answer.type !== "have") throw stopped();
  const { size } = answer;
  if (Number.isSafeInteger(size) && (size as number) >= 0) return size as number;
  throw broken("The size of an artifact is not one.");
}

function parsed(message: Extract<Message, string>): Said {
  const said = message.length <= MAX_TEXT ? json(message) : null;
  if (typeof said !== "object" || said === null) throw broken("A message about artifacts is none.");
  const { type, id } = said as Partial<Said>;
  const numbered = Number.isSafeInteger(id) && id! > 0 && id! < 2 ** 32;
  if (typeof type !== "string" || !numbered) throw broken("A message about artifacts is none.");
  return said as Said;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function unlessGone(error: unknown): void {
  if (!(error instanceof PeerPlanError) || error.code !== "unreachable") throw error;
}

function stopped(): PeerPlanError {
  return new PeerPlanError("unreachable", "The other peer stopped giving the artifact.");
}

function broken(message: string): PeerPlanError {
  return new PeerPlanError("protocol", message);
}
