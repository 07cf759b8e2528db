import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { PeerPlanError } from "../model/errors";
import type { SentOperation } from "../model/view";

/** An update of a plan's document, as it was made or as it came. */
export interface UpdateRow {
  plan: string;
  update: Uint8Array;
  /** Whether this browser's person wrote it, and neither the owner nor the branch has it yet. */
  unsent: boolean;
  /** What is new by it, under the key that the interface knows it by; empty for other changes. */
  news: string;
}

/** What is known of a plan beside its updates. */
export interface PlanRow {
  plan: string;
  /** The version of the document that was last read from the plan branch. */
  base?: Uint8Array;
  /** Loro peer ids under which this browser's person wrote. */
  peers: string[];
}

/** Who writes in this browser. */
export interface IdentityRow {
  seed: Uint8Array;
  did: string;
  /** Empty until it was given. */
  name: string;
}

export interface Schema extends DBSchema {
  identity: { key: string; value: IdentityRow };
  plans: { key: string; value: PlanRow };
  updates: { key: number; value: UpdateRow; indexes: { plan: string } };
  outbox: { key: string; value: { plan: string; operation: SentOperation } };
}

export type Database = IDBPDatabase<Schema>;

const NAME = "peerplan";
/** Milliseconds; some browsers neither open a database nor say that they do not. */
const PATIENCE = 5000;

/** This origin's database. Rejects with `storage` where the browser keeps nothing for pages. */
export async function openDatabase(name = NAME): Promise<Database> {
  if (typeof indexedDB === "undefined") throw denied();
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(denied()), PATIENCE));
  try {
    return await Promise.race([opened(name), late]);
  } catch (cause) {
    throw cause instanceof PeerPlanError ? cause : denied(cause);
  }
}

function opened(name: string): Promise<Database> {
  return openDB<Schema>(name, 1, {
    upgrade(database) {
      database.createObjectStore("identity");
      database.createObjectStore("plans", { keyPath: "plan" });
      const updates = database.createObjectStore("updates", { autoIncrement: true });
      updates.createIndex("plan", "plan");
      database.createObjectStore("outbox");
    },
    // A newer page wants to change the database: it must not wait for this one.
    blocking: (_, __, event) => (event.target as IDBDatabase | null)?.close(),
  });
}

function denied(cause?: unknown): PeerPlanError {
  const told =
    "This browser keeps nothing for this page: its storage is off, as in some private windows.";
  const hint =
    "You can read and write here. What you write is in this tab only until it is sent or saved as a file.";
  return new PeerPlanError("storage", told, { hint, cause });
}

/** What a failed write means for the person. */
export function notKept(cause: unknown): PeerPlanError {
  const full = cause instanceof Error && cause.name === "QuotaExceededError";
  const told = full
    ? "This browser has no room left, so the last changes are not kept."
    : "This browser did not keep the last changes.";
  const hint = "They are in this tab: leave it open until they are sent, or save them as a file.";
  return new PeerPlanError("storage", told, { hint, cause, data: { full } });
}
