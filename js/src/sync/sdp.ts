import { sha256 } from "@noble/hashes/sha2.js";
import { PeerPlanError } from "../model/errors";
import { utf8 } from "./keys";

export const MAX_SDP = 64 * 1024;
const SHA256 = /^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/;

/**
 * A description as peers send and take it: for data channels only, and with one SHA-256 fingerprint
 * alone, since browsers may check any of several and `bindingOf` must tell the one that counts. A
 * `protocol` error for others.
 */
export function acceptable(sdp: string): string {
  if (sdp.length > MAX_SDP) throw broken(`A description of ${sdp.length} characters came.`);
  const media = [...sdp.matchAll(/^m=(\S+)/gm)].map((match) => match[1]);
  if (media.length !== 1 || media[0] !== "application") {
    throw broken(`A description of ${media.join(", ") || "nothing"} came.`);
  }
  fingerprint(sdp);
  return without(sdp, (line) => line.startsWith("a=fingerprint:") && !isSha256(line));
}

/** What both ends of a connection can sign: SHA-256 over the sorted fingerprints. */
export function bindingOf(one: string, other: string): Uint8Array {
  return sha256(utf8([fingerprint(one), fingerprint(other)].sort().join("\n")));
}

/** The certificate that a description promises: `sha-256 AB:CD:…`. */
function fingerprint(sdp: string): string {
  const lines = [...sdp.matchAll(/^a=fingerprint:(\S+) +(\S+)/gm)];
  const values = lines.filter(([, algorithm]) => algorithm?.toLowerCase() === "sha-256");
  const found = new Set(values.map((match) => match[2]!.toUpperCase()));
  const [value] = found;
  if (found.size !== 1 || !value || !SHA256.test(value)) {
    throw broken("A description without one SHA-256 fingerprint came.");
  }
  return `sha-256 ${value}`;
}

function isSha256(line: string): boolean {
  return line.toLowerCase().startsWith("a=fingerprint:sha-256 ");
}

function without(sdp: string, drop: (line: string) => boolean): string {
  const lines = sdp.split(/\r?\n/).filter((line) => line !== "" && !drop(line));
  return `${lines.join("\r\n")}\r\n`;
}

function broken(message: string): PeerPlanError {
  return new PeerPlanError("protocol", message);
}
