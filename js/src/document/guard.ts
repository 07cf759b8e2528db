import { PeerPlanError } from "../model/errors";
import { isLoroLoaded, LoroDoc } from "./loro";

const UPDATES_MODE = 4;

/**
 * Runs calls into Loro; what they throw becomes a `PeerPlanError` of code `document` that says
 * `what` failed, or of code `document_panic`: then the WebAssembly instance is broken for all
 * documents, and the page must be loaded again.
 */
export function guarded<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof PeerPlanError) throw error;
    const panic = isPanic(error);
    const told = error instanceof Error ? error.message : String(error);
    throw new PeerPlanError(
      panic ? "document_panic" : "document",
      `${what} failed: ${told.slice(0, 300)}`,
      { cause: error, ...(panic && { hint: "Load the page again." }) },
    );
  }
}

/** A trap in the WebAssembly, or an exhausted stack: the instance's memory is in no known state. */
export function isPanic(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
}

/** An empty Loro document under a peer id of its own. */
export function newDocument(): LoroDoc {
  if (!isLoroLoaded()) {
    throw new PeerPlanError("document", "Loro is not loaded: `loadLoro()` comes first.");
  }
  return new LoroDoc();
}

/**
 * Whether `blob` is Loro's updates mode, the only form taken from peers: a snapshot is compressed,
 * and 785 kB of one can claim 500 MB of memory. Read from the header (magic, 16 bytes of checksum,
 * big-endian mode), so that Loro is not called.
 */
export function isUpdates(blob: Uint8Array): boolean {
  const magic = [..."loro"].every((letter, at) => blob[at] === letter.charCodeAt(0));
  return magic && blob[20] === 0 && blob[21] === UPDATES_MODE;
}
