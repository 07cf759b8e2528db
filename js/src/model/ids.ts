import { monotonicFactory } from "ulid";

/** Asked for at once: an id takes 16, and each question a while. */
const bytes = new Uint8Array(256);
let used = bytes.length;

const next = monotonicFactory(() => {
  if (used === bytes.length) {
    crypto.getRandomValues(bytes);
    used = 0;
  }
  return bytes[used++]! / 256;
});

/** A ULID that sorts after all made before it on this page. */
export function newId(): string {
  return next();
}

/** Order by id, which for ULIDs is the order of making; clocks are never compared. */
export function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
