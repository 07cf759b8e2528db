import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import canonicalize from "canonicalize";
import type { Artifact, Step } from "../model/view";
import { byCodePoint } from "./text";

/** The state that a verdict is about. */
export interface Frozen {
  title: string;
  content: string;
  /** Without the status: it reports progress, and no approval becomes stale by it. */
  steps: Pick<Step, "id" | "title" | "description" | "criteria">[];
  /** The evidence in force. */
  artifacts: { id: string; name: string; hash: string; stepId: string }[];
}

export function frozenState(
  title: string,
  content: string,
  steps: readonly Step[],
  artifacts: readonly Artifact[],
): Frozen {
  const inForce = artifacts.filter(({ withdrawn }) => !withdrawn);
  return {
    title,
    content,
    steps: steps.map(({ id, title, description, criteria }) => ({
      id,
      title,
      description,
      criteria,
    })),
    artifacts: inForce
      .sort((a, b) => byCodePoint(a.id, b.id))
      .map(({ id, name, hash = "", stepId = "" }) => ({ id, name, hash, stepId })),
  };
}

/** SHA-256 over RFC 8785 canonical JSON. */
export function canonicalHash(state: unknown): Uint8Array {
  return sha256(utf8ToBytes(canonicalize(state)!));
}

/** `sha256:` and the hex digest. */
export function digest(state: Frozen): string {
  return `sha256:${bytesToHex(canonicalHash(state))}`;
}
