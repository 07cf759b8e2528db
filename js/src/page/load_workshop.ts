import wasm from "loro-crdt/web/loro_wasm_bg.wasm";

/** Loads what needs the document: the code and Loro's WebAssembly side by side. */
export async function loadWorkshop() {
  const loro = fetch(new URL(wasm, import.meta.url));
  // Whoever loads Loro hears of it.
  loro.catch(() => undefined);
  const { Workshop } = await import("./workshop");
  return { Workshop, loro };
}
