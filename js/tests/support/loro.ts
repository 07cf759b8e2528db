import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { loadLoroFrom } from "../../src/document/loro";

const WASM = "loro-crdt/web/loro_wasm_bg.wasm";

export function loroBytes(path = createRequire(import.meta.url).resolve(WASM)): Uint8Array {
  return readFileSync(path);
}

/** Loads Loro from its package, as a page loads it from beside its bundle. */
export function loadLoroHere(path?: string): void {
  loadLoroFrom(loroBytes(path));
}
