import { sha256 } from "@noble/hashes/sha2.js";
import { PeerPlanError } from "../model/errors";
import { FRAME_BYTES } from "./channel";
import { utf8 } from "./keys";

export const MAX_SDP = 64 * 1024;
/** What is not text that everybody splits into the same lines. */
const STRANGE = /[^\t\r\n -~]|\r(?!\n)/;
const SHA256 = /^a=fingerprint:sha-256 +([0-9a-f]{2}(?::[0-9a-f]{2}){31})$/i;

/**
 * A description as peers send and take it: for data channels only that take our messages, and with
 * one SHA-256 fingerprint alone, since browsers may check any of several and `bindingOf` must tell
 * the one that counts. A `protocol` error for others.
 */
export function acceptable(sdp: string): string {
  if (sdp.length > MAX_SDP || STRANGE.test(sdp)) {
    throw broken("A description came that is too long or has strange characters.");
  }
  const media = [...sdp.matchAll(/^m=(\S+)/gm)].map((match) => match[1]);
  if (media.length !== 1 || media[0] !== "application") {
    throw broken(`A description of ${media.join(", ") || "nothing"} came.`);
  }
  const longest = Number(/^a=max-message-size:(\d{1,10})/m.exec(sdp)?.[1] ?? 0);
  if (longest > 0 && longest < FRAME_BYTES) {
    throw broken(`A description of channels that take ${longest} bytes came.`);
  }
  fingerprint(sdp);
  const kept = lines(sdp).filter((line) => !line.startsWith("a=fingerprint") || SHA256.test(line));
  return `${kept.join("\r\n")}\r\n`;
}

/** What both ends of a connection can sign: SHA-256 over the sorted fingerprints. */
export function bindingOf(one: string, other: string): Uint8Array {
  return sha256(utf8([fingerprint(one), fingerprint(other)].sort().join("\n")));
}

/** The certificate that a description promises: `sha-256 AB:CD:…`. */
function fingerprint(sdp: string): string {
  const values = lines(sdp).map((line) => SHA256.exec(line)?.[1]?.toUpperCase());
  const [value, ...others] = new Set(values.filter((one) => one !== undefined));
  if (value && others.length === 0) return `sha-256 ${value}`;
  throw broken("A description without one SHA-256 fingerprint came.");
}

function lines(sdp: string): string[] {
  return sdp.split(/\r?\n/).filter((line) => line !== "");
}

function broken(message: string): PeerPlanError {
  return new PeerPlanError("protocol", message);
}
