import type { IDBPObjectStore } from "idb";
import type { SentOperation } from "../model/view";
import { type Database, notKept, type PlanRow, type Schema, type UpdateRow } from "./database";

/** What is kept of one plan when its page is opened. */
export interface Kept {
  updates: Uint8Array[];
  /** Operations that were not carried out yet. */
  outbox: SentOperation[];
  row: PlanRow;
}

type Store = "updates" | "outbox" | "plans";

/** From this many updates on they are replaced by one, when the plan is opened. */
const MANY = 200;

/**
 * One plan in this browser's database. Every promise resolves when the change is durable, and
 * rejects with `storage` when it is not. Other pages of this origin hear of each other's updates.
 */
export class Keep {
  readonly #database: Database;
  readonly #plan: string;
  readonly #pages: BroadcastChannel | null;
  /** The keys of the updates that this page has. */
  readonly #known = new Set<number>();
  /** Those of them that are not sent, with what is new by them. */
  readonly #unsent = new Map<number, string>();

  constructor(database: Database, plan: string) {
    this.#database = database;
    this.#plan = plan;
    const local = typeof BroadcastChannel === "function";
    this.#pages = local ? new BroadcastChannel(`peerplan-kept:${plan}`) : null;
  }

  async load(): Promise<Kept> {
    const updates = await this.fresh();
    const row = await this.#database.get("plans", this.#plan);
    return { updates, outbox: await this.#waiting(), row: row ?? fresh(this.#plan) };
  }

  /** Loro peer ids under which this browser's person wrote in this plan. */
  async peers(): Promise<readonly string[]> {
    return (await this.#database.get("plans", this.#plan))?.peers ?? [];
  }

  /** How many own updates this page has that neither the owner nor the branch has. */
  get unsent(): number {
    return this.#unsent.size;
  }

  /** What is new by them. */
  get news(): string[] {
    return [...this.#unsent.values()].filter((key) => key !== "");
  }

  /** Updates that this page does not have yet. */
  async fresh(): Promise<Uint8Array[]> {
    const store = this.#database.transaction("updates").store;
    const keys = await store.index("plan").getAllKeys(this.#plan);
    const later = keys.filter((key) => !this.#known.has(key));
    const found = await Promise.all(later.map(async (key) => [key, await store.get(key)] as const));
    for (const [key, row] of found) if (row) this.#has(key, row);
    return found.flatMap(([, row]) => (row ? [row.update] : []));
  }

  /** Keeps an update; `own` is the operation that made it, which is let go of. */
  async append(update: Uint8Array, own: SentOperation | null = null): Promise<void> {
    const row: UpdateRow = { plan: this.#plan, update, unsent: own !== null, news: newsOf(own) };
    const key = await this.#write(["updates", "outbox"], async (stores) => {
      if (own) await stores("outbox").delete(own.id);
      return stores("updates").add(row);
    });
    this.#has(key, row);
    this.#pages?.postMessage("kept");
  }

  /** Keeps an operation that cannot be carried out yet. */
  async hold(operation: SentOperation): Promise<void> {
    const value = { plan: this.#plan, operation };
    await this.#write(["outbox"], (stores) => stores("outbox").put(value, operation.id));
  }

  async release(operationId: string): Promise<void> {
    await this.#write(["outbox"], (stores) => stores("outbox").delete(operationId));
  }

  /** Changes what is known of the plan. */
  async note(change: (row: PlanRow) => PlanRow): Promise<void> {
    await this.#write(["plans"], async (stores) => {
      const row = await stores("plans").get(this.#plan);
      return stores("plans").put(change(row ?? fresh(this.#plan)));
    });
  }

  /** Takes note that everything this page has reached the owner, or the branch. */
  async sent(): Promise<void> {
    if (this.#unsent.size === 0) return;
    const reached = [...this.#unsent.keys()];
    await this.#write(["updates"], async (stores) => {
      for (const key of reached) {
        const row = await stores("updates").get(key);
        if (row) await stores("updates").put({ ...row, unsent: false }, key);
      }
    });
    for (const key of reached) this.#unsent.delete(key);
  }

  /** Puts one update in the place of those that this page has, if they are many. */
  async compact(whole: Uint8Array): Promise<void> {
    if (this.#known.size < MANY || this.#unsent.size > 0) return;
    const row: UpdateRow = { plan: this.#plan, update: whole, unsent: false, news: "" };
    const key = await this.#write(["updates"], async (stores) => {
      await Promise.all([...this.#known].map((old) => stores("updates").delete(old)));
      return stores("updates").add(row);
    });
    this.#known.clear();
    this.#has(key, row);
  }

  /** Removes everything that is kept of the plan. */
  async forget(): Promise<void> {
    const keys = await this.#database.getAllKeysFromIndex("updates", "plan", this.#plan);
    const waiting = await this.#waiting();
    await this.#write(["updates", "plans", "outbox"], async (stores) => {
      await Promise.all(keys.map((key) => stores("updates").delete(key)));
      await Promise.all(waiting.map(({ id }) => stores("outbox").delete(id)));
      await stores("plans").delete(this.#plan);
    });
    this.#known.clear();
    this.#unsent.clear();
  }

  /** Calls `listener` when another page of this browser kept something of this plan. */
  listen(listener: () => void): void {
    if (this.#pages) this.#pages.onmessage = listener;
  }

  close(): void {
    this.#pages?.close();
  }

  #has(key: number, { unsent, news }: UpdateRow): void {
    this.#known.add(key);
    if (unsent) this.#unsent.set(key, news);
  }

  async #waiting(): Promise<SentOperation[]> {
    const all = await this.#database.getAll("outbox");
    const own = all.filter(({ plan }) => plan === this.#plan).map((one) => one.operation);
    return own.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async #write<T>(names: Store[], run: (stores: Stores) => Promise<T>): Promise<T> {
    try {
      const options = { durability: "strict" } as const;
      const transaction = this.#database.transaction(names, "readwrite", options);
      // A request that fails rejects the transaction too; neither may be left unhandled.
      const [made] = await Promise.all([
        run((name) => transaction.objectStore(name)),
        transaction.done,
      ]);
      return made;
    } catch (cause) {
      throw notKept(cause);
    }
  }
}

/** The stores of a transaction, by name. */
type Stores = <N extends Store>(name: N) => IDBPObjectStore<Schema, Store[], N, "readwrite">;

/** The key of the annotation or the reply that an operation makes. */
function newsOf(operation: SentOperation | null): string {
  if (operation?.op === "annotate") return operation.annotationId ?? operation.id;
  return operation?.op === "reply" ? `${operation.annotationId}/${operation.id}` : "";
}

function fresh(plan: string): PlanRow {
  return { plan, peers: [] };
}
