import {
  CrdtType,
  decode,
  encode,
  type HexString,
  MAX_MESSAGE_SIZE,
  MessageType,
  type ProtocolMessage,
} from "loro-protocol";
import { PeerPlanError } from "../model/errors";

export {
  type Ack,
  CrdtType,
  type DocUpdateFragment,
  type DocUpdateFragmentHeader,
  type HexString,
  JoinErrorCode,
  type JoinRequest,
  type JoinResponseOk,
  MessageType,
  type Permission,
  RoomErrorCode,
  UpdateStatusCode,
} from "loro-protocol";

export type Frame = ProtocolMessage;
export type Crdt = Frame["crdt"];

/** Rooms that hold a Loro document, in the open or encrypted. */
export const DOCUMENTS: ReadonlySet<Crdt> = new Set([CrdtType.Loro, CrdtType.Elo]);

const MAX_ROOM = 128;
const text = new TextEncoder();

/** The bytes of `frame`; a `protocol` error if a name or the frame is too long. */
export function encodeFrame(frame: Frame): Uint8Array {
  try {
    return encode(frame);
  } catch (cause) {
    throw unusable(cause);
  }
}

/** The frame in `data`; a `protocol` error for everything that is not one. */
export function decodeFrame(data: Uint8Array): Frame {
  if (data.length > MAX_MESSAGE_SIZE) {
    const sizes = `${data.length} bytes, and ${MAX_MESSAGE_SIZE} are allowed.`;
    throw new PeerPlanError("protocol", `The frame has ${sizes}`);
  }
  const frame = decoded(data);
  if (text.encode(frame.roomId).length > MAX_ROOM) {
    throw new PeerPlanError("protocol", `A room's name has more than ${MAX_ROOM} bytes.`);
  }
  return frame;
}

/** The id under which a batch is acknowledged: 8 bytes. */
export function newBatchId(): HexString {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** The batch that a frame carries a part of, or none. */
export function batchOf(frame: Frame): HexString | null {
  switch (frame.type) {
    case MessageType.DocUpdate:
    case MessageType.DocUpdateFragmentHeader:
    case MessageType.DocUpdateFragment:
      return frame.batchId;
    default:
      return null;
  }
}

function decoded(data: Uint8Array): Frame {
  try {
    return decode(data);
  } catch (cause) {
    throw unusable(cause);
  }
}

function unusable(cause: unknown): PeerPlanError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new PeerPlanError("protocol", `A frame is not usable: ${reason}.`, { cause });
}
