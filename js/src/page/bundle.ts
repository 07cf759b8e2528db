import { base64 } from "@scure/base";
import type { Actor } from "../model/view";
import { canonical, joined, type KeyPair, sign, utf8 } from "../sync/keys";

/**
 * What one reviewer did, as a file: for plans whose owner cannot be met and whose branch cannot be
 * written to. `peerplan import` takes it. `docs/page.md` has the format.
 */
export interface Bundle {
  peerplan: "bundle";
  v: 1;
  plan: string;
  title: string;
  /** The repository of the plan, without credentials; empty where it has none. */
  repository: string;
  pr: number | null;
  /** The Loro version, base64, that the updates go on from. */
  base: string;
  /** Loro updates, base64: only what the identity wrote. */
  updates: string[];
  identity: Actor;
  /** Unix seconds. */
  made: number;
  /** By the identity's key over `"peerplan bundle v1\0"` and the canonical JSON of all else. */
  sig: string;
}

export function sealedBundle(told: Omit<Bundle, "peerplan" | "v" | "sig">, key: KeyPair): Bundle {
  const rest = { peerplan: "bundle", v: 1, ...told } as const;
  return { ...rest, sig: sign(key, joined(utf8("peerplan bundle v1\0"), canonical(rest))) };
}

/** As the file it is saved as. */
export function bundleFile(bundle: Bundle): File {
  const text = `${JSON.stringify(bundle, null, 1)}\n`;
  const name = `${bundle.plan}.review.json`;
  return new File([text], name, { type: "application/json" });
}

export function b64(bytes: Uint8Array): string {
  return base64.encode(bytes);
}
