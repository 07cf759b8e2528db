import { BytesReader, BytesWriter } from "loro-protocol";
import { PeerPlanError } from "../model/errors";

/** A relayed frame: `varString topic, varString peer, payload`, as lib0 writes strings. */
export function relayFrame(topic: string, peer: string, payload: Uint8Array): Uint8Array {
  const writer = new BytesWriter();
  writer.pushVarString(topic);
  writer.pushVarString(peer);
  writer.pushBytes(payload);
  return writer.finalize();
}

export interface RelayedFrame {
  topic: string;
  peer: string;
  payload: Uint8Array;
}

/** What is in a relayed frame; a `protocol` error if it is none. */
export function parseRelayFrame(frame: Uint8Array): RelayedFrame {
  try {
    const reader = new BytesReader(frame);
    const topic = reader.readVarString();
    const peer = reader.readVarString();
    return { topic, peer, payload: reader.readBytes(reader.remaining) };
  } catch (cause) {
    throw new PeerPlanError("protocol", "A relayed frame ends within its names.", { cause });
  }
}
