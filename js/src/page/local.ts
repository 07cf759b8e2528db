/** What needs the document: loaded after the plan can be read. */
import { loadLoro } from "../document/loro";
import { type ParsedOperation, parseOperation } from "../document/operations";
import { restore } from "../document/restoring";
import { PeerPlanError } from "../model/errors";
import type { Actor, ChangeSet, Plan, SentOperation } from "../model/view";
import type { MemberRole } from "../sync/grant";
import { type Database, openDatabase } from "./database";
import { type Identity, keepName, ownIdentity } from "./identity";
import { Keep, type Kept } from "./keep";
import { type Adoption, LocalCopy } from "./local_copy";
import { Performing } from "./performing";
import { checkRole } from "./roles";

/** Told what happens to the document; the view follows it. */
export interface LocalEvents {
  /** The plan as it is here, when it is first there. */
  shown(plan: Plan, seq: number): void;
  changed(change: ChangeSet): void;
  /** An operation is durable; its change had this `seq`. */
  kept(operationId: string, seq: number): void;
  refused(operationId: string, error: PeerPlanError): void;
  /** This browser's person made a change under one of these Loro peers. */
  wrote(update: Uint8Array, peers: readonly string[]): void;
  /** Tells others what is about to be written; returns how to take that back, null if none was told. */
  intends?(operation: SentOperation): (() => void) | null;
  /** Keeping failed (with why), or works again (null). */
  trouble(error: PeerPlanError | null): void;
  /** Operations of an earlier page that were not carried out yet. */
  waiting(operations: readonly SentOperation[]): void;
}

export interface LocalOptions {
  /** Under what the plan is kept: two repositories may have plans of one id. */
  key: string;
  /** Where Loro's WebAssembly is, or its bytes. */
  wasm: Parameters<typeof loadLoro>[0];
  role: MemberRole;
  events: LocalEvents;
}

/** The plan of this page where it can be changed: document, database and identity. */
export class Local {
  readonly copy: LocalCopy;
  readonly identity: Identity;
  /** Loro peer ids under which this browser's person wrote before. */
  readonly peers: readonly string[];
  readonly #database: Database | null;
  readonly #keep: Keep | null;
  readonly #options: LocalOptions;
  readonly #performing: Performing;
  #waiting: SentOperation[] = [];
  #shown = false;

  private constructor(options: LocalOptions, parts: Parts) {
    const { events } = options;
    this.#options = options;
    this.#database = parts.database;
    this.#keep = parts.keep;
    this.identity = parts.identity;
    this.peers = parts.kept?.row.peers ?? [];
    this.copy = new LocalCopy(parts.keep, parts.kept, {
      changed: (change) => this.changed(change),
      wrote: (update, peers) => events.wrote(update, peers),
      trouble: (error) => events.trouble(error),
    });
    this.#performing = new Performing(this.copy, (one) => events.intends?.(one) ?? null);
    this.#waiting = parts.kept?.outbox ?? [];
  }

  /**
   * Loads Loro and what this browser has of the plan. Rejects with `unreachable` if Loro cannot be
   * loaded and `document` if what was kept cannot be read; a browser that keeps nothing is told to
   * `events.trouble`.
   */
  static async open(options: LocalOptions): Promise<Local> {
    const database = openDatabase().catch((error: PeerPlanError) => {
      options.events.trouble(error);
      return null;
    });
    const [parts] = await Promise.all([
      database.then((one) => read(one, options)),
      loadLoro(options.wasm),
    ]);
    const made = new Local(options, parts);
    options.events.waiting(made.#waiting);
    made.#show();
    return made;
  }

  get actor(): Actor {
    const { key, name } = this.identity;
    return { id: key.did, name, kind: "human" };
  }

  get hasPlan(): boolean {
    return this.copy.document.exists;
  }

  /** Merges what is published; `loro` is null where only `plan.json` was. */
  adopt(plan: Plan, loro: Uint8Array | null): Adoption {
    const adopted = this.copy.adopt(loro ?? restore(plan));
    this.#show();
    this.#carryOn();
    return adopted;
  }

  /** Carries an operation out, or keeps it until there is a name and a plan, and `until` resolves. */
  submit(operation: SentOperation, until: Promise<void> | null = null): void {
    if (this.identity.name && this.hasPlan && !until) {
      this.#carryOut(operation);
      return;
    }
    this.#waiting.push(operation);
    const { events } = this.#options;
    this.#keep?.hold(operation).catch((error: PeerPlanError) => events.trouble(error));
    void until?.then(() => this.#carryOn());
  }

  /** Operations that wait. */
  get waits(): number {
    return this.#waiting.length + this.#performing.waits;
  }

  /** Carries out at once what waits only to be drawn first. */
  flush(): void {
    this.#performing.flush();
  }

  close(): void {
    this.#performing.close();
    this.copy.close();
  }

  /** Gives the name; what waited for it is carried out. Rejects with `storage` if it is not kept. */
  async setName(name: string): Promise<void> {
    this.identity.name = name;
    try {
      if (this.#database) await keepName(this.#database, name);
    } finally {
      this.#carryOn();
    }
  }

  /** Does what waited for the plan, if nothing else is lacking. */
  #carryOn(): void {
    if (!this.identity.name || !this.hasPlan) return;
    for (const operation of this.#waiting.splice(0)) this.#carryOut(operation);
  }

  #carryOut(operation: SentOperation): void {
    const { events, role } = this.#options;
    const refused = (error: PeerPlanError) => {
      void this.#keep?.release(operation.id).catch((failed) => events.trouble(failed));
      events.refused(operation.id, error);
    };
    const kept = (seq: number) => events.kept(operation.id, seq);
    try {
      const parsed: ParsedOperation = parseOperation(operation, this.actor);
      checkRole(role, parsed, this.copy.document);
      this.#performing.perform(parsed, operation, { kept, refused });
    } catch (error) {
      if (!(error instanceof PeerPlanError)) throw error;
      refused(error);
    }
  }

  /** The document was changed, by whomever. */
  changed(change: ChangeSet): void {
    if (this.#shown) this.#options.events.changed(change);
    else this.#show();
  }

  #show(): void {
    const { document } = this.copy;
    if (this.#shown || !document.exists) return;
    this.#shown = true;
    this.#options.events.shown(document.plan(), document.seq);
  }
}

interface Parts {
  database: Database | null;
  keep: Keep | null;
  kept: Kept | null;
  identity: Identity;
}

async function read(database: Database | null, { key, events }: LocalOptions): Promise<Parts> {
  const keep = database && new Keep(database, key);
  try {
    const [kept, identity] = await Promise.all([keep?.load() ?? null, ownIdentity(database)]);
    return { database, keep, kept, identity };
  } catch (cause) {
    const told = "What this browser keeps of the plan cannot be read.";
    const hint = "You can read and write here; what you write is in this tab only.";
    events.trouble(new PeerPlanError("storage", told, { hint, cause }));
    return { database: null, keep: null, kept: null, identity: await ownIdentity(null) };
  }
}
