import { monotonicFactory } from "ulid";

const next = monotonicFactory();

/** A ULID that sorts after all made before it on this page. */
export function newId(): string {
  return next();
}

/** Order by id, which for ULIDs is the order of making; clocks are never compared. */
export function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
