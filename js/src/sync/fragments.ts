import { PeerPlanError } from "../model/errors";
import {
  type Crdt,
  type DocUpdateFragment,
  type DocUpdateFragmentHeader,
  type Frame,
  type HexString,
  MessageType,
} from "./frames";
import type { Limits } from "./limits";

const REMEMBERED = 64;

interface Place {
  crdt: Crdt;
  roomId: string;
  batchId: HexString;
}

/** A header and the fragments of `update`, each of at most `size` bytes. */
export function split(place: Place, update: Uint8Array, size: number): Frame[] {
  const fragmentCount = Math.ceil(update.length / size);
  const fragments = Array.from({ length: fragmentCount }, (_, index): Frame => {
    const fragment = update.subarray(index * size, (index + 1) * size);
    return { type: MessageType.DocUpdateFragment, ...place, index, fragment };
  });
  const totalSizeBytes = update.length;
  const type = MessageType.DocUpdateFragmentHeader;
  return [{ type, ...place, fragmentCount, totalSizeBytes }, ...fragments];
}

interface Partial {
  header: DocUpdateFragmentHeader;
  expires: number;
  parts: Map<number, Uint8Array>;
  received: number;
}

/** The batches of one peer whose fragments are still arriving. */
export class Reassembly {
  readonly #limits: Limits;
  readonly #open = new Map<HexString, Partial>();
  readonly #dropped = new Set<HexString>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Bytes that are announced and not yet here as a whole. */
  get announced(): number {
    return [...this.#open.values()].reduce((sum, one) => sum + one.header.totalSizeBytes, 0);
  }

  /** Starts a batch, anew if it was open; `too_large` or `protocol` beyond a limit. */
  begin(header: DocUpdateFragmentHeader, now: number): void {
    this.drop(header.batchId);
    this.#check(header);
    this.#dropped.delete(header.batchId);
    const expires = now + this.#limits.fragmentTimeout;
    this.#open.set(header.batchId, { header, expires, parts: new Map(), received: 0 });
  }

  /** The update once its last fragment is here; a fragment that comes twice counts once. */
  add(fragment: DocUpdateFragment, now: number): Uint8Array | null {
    const partial = this.#open.get(fragment.batchId);
    if (!partial) throw broken("A fragment came without a header.");
    partial.expires = now + this.#limits.fragmentTimeout;
    put(partial, fragment);
    if (partial.parts.size < partial.header.fragmentCount) return null;
    this.#open.delete(fragment.batchId);
    return joined(partial);
  }

  /** Forgets a batch; fragments of it that are still on their way are told by `dropped`. */
  drop(batch: HexString): void {
    this.#open.delete(batch);
    this.#dropped.delete(batch);
    this.#dropped.add(batch);
    for (const oldest of this.#dropped) {
      if (this.#dropped.size <= REMEMBERED) return;
      this.#dropped.delete(oldest);
    }
  }

  /** Whether the batch was refused or timed out a short while ago. */
  dropped(batch: HexString): boolean {
    return this.#dropped.has(batch);
  }

  /** Drops and returns the batches whose time is over. */
  expire(now: number): HexString[] {
    const late = [...this.#open].filter(([, partial]) => partial.expires <= now);
    for (const [batch] of late) this.drop(batch);
    return late.map(([batch]) => batch);
  }

  #check({ totalSizeBytes: size, fragmentCount: count }: DocUpdateFragmentHeader): void {
    const { update, reassembly, fragments } = this.#limits;
    if (size > update) throw tooLarge(`An update of ${size} bytes; ${update} are allowed.`);
    if (this.announced + size > reassembly) {
      throw tooLarge(`More than ${reassembly} bytes of fragments are on the way.`);
    }
    if (count > fragments) throw tooLarge(`${count} fragments; ${fragments} are allowed.`);
    if (count < 1 || count > size) throw broken(`${size} bytes cannot come in ${count} fragments.`);
  }
}

function put(partial: Partial, { index, fragment }: DocUpdateFragment): void {
  const { fragmentCount, totalSizeBytes } = partial.header;
  if (index >= fragmentCount) throw broken(`Fragment ${index} of ${fragmentCount}.`);
  const known = partial.parts.get(index);
  if (known) {
    if (equal(known, fragment)) return;
    throw broken(`Fragment ${index} came twice with different bytes.`);
  }
  partial.received += fragment.length;
  if (partial.received > totalSizeBytes) {
    throw broken(`The fragments exceed the ${totalSizeBytes} bytes announced.`);
  }
  partial.parts.set(index, fragment);
}

function joined({ header, parts, received }: Partial): Uint8Array {
  if (received !== header.totalSizeBytes) {
    throw broken(`${received} bytes came where ${header.totalSizeBytes} were announced.`);
  }
  const whole = new Uint8Array(received);
  let at = 0;
  for (let index = 0; index < header.fragmentCount; index += 1) {
    const part = parts.get(index)!;
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

function broken(message: string): PeerPlanError {
  return new PeerPlanError("protocol", message);
}

function tooLarge(message: string): PeerPlanError {
  return new PeerPlanError("too_large", message);
}
