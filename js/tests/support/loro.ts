import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { loadLoroFrom } from "../../src/document/loro";

const WASM = "loro-crdt/web/loro_wasm_bg.wasm";

/** Loads Loro from its package, as a page loads it from beside its bundle. */
export function loadLoroHere(path = createRequire(import.meta.url).resolve(WASM)): void {
  loadLoroFrom(readFileSync(path));
}
