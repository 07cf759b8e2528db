import { LoroDoc } from "../../js/src/document/loro";
import { type OursGiven, peer } from "./peer";
import { now } from "./screen";

/**
 * Comes into a room whose owner has everything, and leaves it: milliseconds until the link was
 * open, until all of the plan was here, and what bare Loro needs to import the same.
 */
export async function join(given: OursGiven) {
  let equal: (at: number) => void;
  const all = new Promise<number>((resolve) => {
    equal = resolve;
  });
  const { mesh, copy } = await peer(given, { changed: () => equal(now()) });
  const started = now();
  const opened = new Promise<number>((resolve) => {
    mesh.subscribe(() => {
      if (mesh.members.some(({ path }) => path === "direct")) resolve(now());
    });
  });
  mesh.open();
  const took = { opened: (await opened) - started, all: (await all) - started };
  const update = copy.document.updatesSince();
  const annotations = copy.document.annotations().length;
  await mesh.close();
  const before = now();
  const bare = new LoroDoc();
  bare.import(update);
  const imported = now() - before;
  bare.free();
  return { ...took, annotations, bytes: update.length, bare: imported };
}
