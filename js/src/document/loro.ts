/**
 * The one door to Loro. Whoever needs a class of `loro-crdt` takes it from here: another entry of
 * that package would be another WebAssembly instance, and two instances cannot share documents.
 */
import init, { type InitInput, initSync, type SyncInitInput } from "loro-crdt/web/loro_wasm.js";
import { PeerPlanError } from "../model/errors";

export type { LoroEvent, LoroEventBatch, PeerID } from "loro-crdt/web";
export {
  Cursor,
  decodeImportBlobMeta,
  EphemeralStore,
  isContainer,
  LoroDoc,
  LoroMap,
  LoroMovableList,
  LoroText,
  VersionVector,
} from "loro-crdt/web";

let loaded = false;
let loading: Promise<void> | null = null;

/**
 * Fetches and compiles Loro; needed once before the first document. `source` is where
 * `loro_wasm_bg.wasm` is, or its bytes; without it, the file of that name beside the bundle. A
 * page with a content security policy has to allow `wasm-unsafe-eval`. Who calls it again waits
 * for the first, and may try anew when that failed.
 *
 * Rejects with code `unreachable` when it cannot be fetched or compiled.
 */
export function loadLoro(source?: InitInput | Promise<InitInput>): Promise<void> {
  loading ??= loaded ? Promise.resolve() : load(source);
  return loading;
}

async function load(source?: InitInput | Promise<InitInput>): Promise<void> {
  try {
    await init(source === undefined ? undefined : { module_or_path: source });
    loaded = true;
  } catch (error) {
    loading = null;
    throw new PeerPlanError("unreachable", `Loro could not be loaded: ${error}`, { cause: error });
  }
}

/** As `loadLoro`, at once, from bytes that are here or a module that is compiled. */
export function loadLoroFrom(module: SyncInitInput): void {
  if (!loaded) initSync({ module });
  loaded = true;
}

export function isLoroLoaded(): boolean {
  return loaded;
}
