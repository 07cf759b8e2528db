import type { Role, SessionEvent } from "../../src/sync/events";
import {
  type Ack,
  decodeFrame,
  type Frame,
  type HexString,
  MessageType,
  type UpdateStatusCode,
} from "../../src/sync/frames";
import { type Terms, terms } from "../../src/sync/introduction";
import { LIMITS, type Limits } from "../../src/sync/limits";
import type { DocumentPort } from "../../src/sync/ports";
import { Session } from "../../src/sync/session";
import { loadLoroHere } from "../support/loro";
import { DocPort } from "./doc_port";

export { DocPort };

loadLoroHere();

export const ROOM = "plan";
export const BATCH: HexString = "0x0101010101010101";

export class Clock {
  now = 100;
  read = (): number => this.now;
}

/** One of two sessions whose frames a test carries by hand. */
export class Side<P extends DocumentPort = DocPort> {
  readonly port: P;
  readonly session: Session;
  readonly events: SessionEvent[] = [];
  sent: Uint8Array[] = [];

  constructor(port: P, role: Role, given: Partial<Terms> = {}) {
    this.port = port;
    this.session = new Session(ROOM, port, role, terms({ admit: () => "write", ...given }));
    this.session.send = (frames) => this.sent.push(...frames);
    this.session.listen = (event) => this.events.push(event);
  }

  push(update: Uint8Array): void {
    this.session.push(update);
  }

  /** What was sent since the last time, without delivering it. */
  take(): Frame[] {
    const frames = this.sent.map(decodeFrame);
    this.sent = [];
    return frames;
  }

  /** Gives the session a frame; what it answers once it took it in. */
  async receive(frame: Frame): Promise<Frame[]> {
    this.sent = [];
    this.session.receive(frame);
    await this.session.settled();
    return this.take();
  }
}

/** Delivers until both are quiet; the frames in the order in which they were delivered. */
export async function carry(one: Side<DocumentPort>, other: Side<DocumentPort>): Promise<Frame[]> {
  const log: Frame[] = [];
  while (one.sent.length > 0 || other.sent.length > 0) {
    for (const [source, target] of [
      [one, other],
      [other, one],
    ] as const) {
      for (const frame of source.take()) {
        log.push(frame);
        target.session.receive(frame);
      }
      await target.session.settled();
    }
  }
  return log;
}

export async function joined<P extends DocumentPort = DocPort>(
  given: Partial<Terms> = {},
  left: DocPort = new DocPort(),
  right: P = new DocPort() as unknown as P,
): Promise<[Side, Side<P>]> {
  const one = new Side(left, "requester", given);
  const other = new Side(right, "receiver", given);
  one.session.start();
  await carry(one, other);
  if (one.session.state !== "joined" || other.session.state !== "joined") {
    throw new Error("They did not join.");
  }
  return [one, other];
}

export function limited(changed: Partial<Limits>): { limits: Limits } {
  return { limits: { ...LIMITS, ...changed } };
}

const place = { crdt: "%LOR", roomId: ROOM } as const;

export function update(updates: Uint8Array[], batchId: HexString = BATCH): Frame {
  return { type: MessageType.DocUpdate, ...place, batchId, updates };
}

export function header(fragmentCount: number, totalSizeBytes: number, batchId = BATCH): Frame {
  const type = MessageType.DocUpdateFragmentHeader;
  return { type, ...place, batchId, fragmentCount, totalSizeBytes };
}

export function fragment(index: number, data: Uint8Array, batchId = BATCH): Frame {
  return { type: MessageType.DocUpdateFragment, ...place, batchId, index, fragment: data };
}

export function joinRequest(version: Uint8Array = new Uint8Array()): Frame {
  return { type: MessageType.JoinRequest, ...place, auth: new Uint8Array(), version };
}

/** The statuses of the Acks among the frames. */
export function acks(frames: Frame[]): UpdateStatusCode[] {
  const found = frames.filter((frame): frame is Ack => frame.type === MessageType.Ack);
  return found.map((frame) => frame.status);
}

export function types(frames: Frame[]): number[] {
  return frames.map((frame) => frame.type);
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
