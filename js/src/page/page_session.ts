import { PeerPlanError } from "../model/errors";
import { newId } from "../model/ids";
import type { Draft, Live, Plan, SentOperation } from "../model/view";
import { type ArtifactContent, type Session, SessionError } from "../session/session";
import { ViewStore } from "../session/store";
import { Evidence } from "./evidence";
import { repositoryOf } from "./folders";
import { apiHost, apiOf } from "./hosts";
import { LiveBoard } from "./live_board";
import { PLAN_LORO } from "./names";
import { openPublished, type Published, type Sight } from "./opening";
import { type Origin, PageStore } from "./page_state";
import { Tokens } from "./token";
import type { Workshop, WorkshopEvents } from "./workshop";

/** Bytes of a published document that are read. */
const MAX_PLAN_LORO = 64_000_000;

type LoadWorkshop = typeof import("./load_workshop").loadWorkshop;

/**
 * The review of one plan where no host is behind the page: first what is published, then the
 * document in this browser, then the others in the plan's room. The browser itself is the peer.
 */
export class PageSession implements Session {
  readonly page = new PageStore();
  readonly #views = new ViewStore();
  readonly #evidence: Evidence;
  readonly #board: LiveBoard;
  readonly #tokens = new Tokens();
  readonly #load: LoadWorkshop;
  #sight: Sight;
  #published: Published | null = null;
  /** The document that lies beside it. */
  #loro: Promise<Uint8Array | null> = Promise.resolve(null);
  /** Whether the plan is published nowhere that the page sees. */
  #missing = false;
  #workshop: Workshop | null = null;
  #loading: ReturnType<LoadWorkshop> | null = null;
  /** What was submitted before the workshop was there. */
  #early: SentOperation[] = [];
  /** Nothing can be written: another plan has the place of the one that is here. */
  #sealed: PeerPlanError | null = null;
  #closed = false;

  constructor(sight: Omit<Sight, "token">, load: LoadWorkshop) {
    this.#load = load;
    this.#sight = { ...sight, token: "" };
    this.#evidence = new Evidence(
      {
        folder: (file, most) => this.#published?.folder.read(file, most) ?? Promise.resolve(null),
        peers: (hash, size) => this.#workshop?.artifact(hash, size) ?? Promise.resolve(null),
      },
      () => this.#moved(),
    );
    this.#board = new LiveBoard(this.#evidence, sight.site);
  }

  getState = () => this.#views.getState();

  subscribe = (listener: () => void): (() => void) => this.#views.subscribe(listener);

  /** Begins: resolves when the plan can be read, or it is said why not. */
  async open(): Promise<void> {
    this.#look();
    await this.#read();
    globalThis.addEventListener?.("online", this.#again);
  }

  /** Loads what is needed to write, and to meet others; or says why it cannot be. */
  async work(): Promise<void> {
    try {
      await this.#work();
    } catch (error) {
      if (!(error instanceof PeerPlanError)) throw error;
      const { message } = error;
      this.page.tell("document", { message, hint: READ_ONLY }, "reload");
    }
  }

  async #work(): Promise<void> {
    const { Workshop, loro } = await this.#beginLoading().catch((cause) => {
      const told = "A part of this page could not be loaded.";
      throw new PeerPlanError("unreachable", told, { cause });
    });
    if (this.#closed) return;
    this.#workshop = await Workshop.open({
      sight: this.#sight,
      loro,
      evidence: this.#evidence,
      page: this.page,
      events: this.#events(),
    });
    // The others are asked while the document is made.
    this.#workshop.meet();
    if (this.#published) await this.#hand(this.#published);
    for (const operation of this.#early.splice(0)) this.#workshop.submit(operation);
    this.page.set({ ready: true });
    this.#moved();
  }

  #beginLoading(): ReturnType<LoadWorkshop> {
    this.#loading ??= this.#load();
    this.#loading.catch(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  #events(): WorkshopEvents {
    return {
      shown: (plan, seq) => {
        if (this.#missing) this.page.calm("opening");
        this.#show(plan, seq);
      },
      changed: (change) => {
        this.#views.change(change);
        this.#noticed();
      },
      intended: (intention) => this.#views.intended(intention, intention.actor),
      abandoned: (id) => this.#views.abandoned(id),
      kept: (id, seq) => this.#views.accepted(id, seq),
      refused: (id, error) => this.#views.refused(id, asSessionError(error)),
      waiting: (operations) => {
        for (const one of operations) this.#views.add(one);
      },
      moved: () => this.#moved(),
    };
  }

  submit(draft: Draft): string {
    const operation = { ...draft, id: newId(), at: Math.floor(Date.now() / 1000) } as SentOperation;
    this.#views.add(operation);
    this.#send(operation);
    return operation.id;
  }

  retry(operationId: string): void {
    const operation = this.#views.takeFailure(operationId);
    if (!operation) return;
    this.#views.add(operation);
    this.#send(operation);
  }

  discard(operationId: string): void {
    this.#views.takeFailure(operationId);
  }

  artifact(id: string): Promise<ArtifactContent> {
    return this.#evidence.content(id).catch(rethrow);
  }

  /** Writes to the plan branch with the token that was given. */
  async publish(): Promise<void> {
    if (!this.#workshop) throw asSessionError(notYet());
    this.page.set({ busy: "sending" });
    try {
      this.#board.wasPublished(await this.#workshop.publish(this.#sight));
      this.page.calm("sending");
    } catch (error) {
      if (error instanceof PeerPlanError) this.page.tell("sending", error, "save");
      rethrow(error);
    } finally {
      this.page.set({ busy: "" });
      this.#moved();
    }
  }

  presence(focus: string | null): void {
    this.#workshop?.look(focus);
  }

  /** Nobody but the person at the page keeps what they saw. */
  seen(): void {}

  /** Tries again to read what could not be read. */
  retryOpening(): Promise<void> {
    this.#evidence.again();
    return this.#read();
  }

  /** Gives a token for the repository's host; an empty one takes it away. */
  async setToken(token: string, kept: boolean): Promise<void> {
    const { access } = this.page.getState();
    if (!access) return;
    if (!token) this.#tokens.remove(access.host);
    else if (!this.#tokens.set(access.host, token, kept)) {
      this.page.tell("token", {
        message: "This browser did not keep the token; this page has it until it is closed.",
        hint: "",
      });
    }
    this.#look();
    if (!token) return;
    if (this.page.getState().asked === "token") this.page.set({ asked: "" });
    await this.retryOpening();
  }

  setName(name: string): Promise<void> {
    return this.#workshop?.setName(name) ?? Promise.resolve();
  }

  /** What was written here and is not on the branch, as a file; null after it was said why not. */
  bundle(): File | null {
    try {
      if (!this.#workshop) throw notYet();
      this.page.calm("saving");
      return this.#workshop.bundle(this.page.getState().origin);
    } catch (error) {
      if (!(error instanceof PeerPlanError)) throw error;
      this.page.tell("saving", error);
      return null;
    }
  }

  /** Meets another person with texts that are carried by hand. */
  get byHand(): Pick<Workshop, "introduce" | "answer"> | null {
    return this.#workshop;
  }

  /** Removes what this browser keeps of the plan. */
  async forget(): Promise<void> {
    await this.#workshop?.forget();
  }

  close(): void {
    this.#closed = true;
    globalThis.removeEventListener?.("online", this.#again);
    this.#workshop?.close();
    this.#evidence.close();
  }

  #again = (): void => {
    if (!this.#published) void this.retryOpening();
    else this.#evidence.again();
  };

  #send(operation: SentOperation): void {
    if (this.#sealed) this.#views.refused(operation.id, asSessionError(this.#sealed));
    else if (this.#workshop) this.#workshop.submit(operation);
    else this.#early.push(operation);
  }

  /** Where the plan is, and what a token would do there. */
  #look(): void {
    try {
      const { site, ref } = this.#sight;
      const repository = repositoryOf(site, ref);
      if (!repository) return;
      const host = apiHost(repository);
      const token = host ? this.#tokens.get(host) : "";
      this.#sight = { ...this.#sight, token };
      const access = { host, given: token !== "", kept: this.#tokens.isKept(host) };
      const writes = apiOf(repository) !== null && repository.host.kind !== "bitbucket";
      this.page.set({
        origin: originOf(repository.address, ref.pr),
        access: host ? { ...access, writes } : null,
      });
    } catch (error) {
      if (!(error instanceof PeerPlanError)) throw error;
    }
  }

  async #read(): Promise<void> {
    this.page.set({ busy: "opening" });
    try {
      const sight = this.#sight;
      const { early: _, ...later } = sight;
      this.#sight = later;
      this.#published = await openPublished(sight);
      this.page.calm("opening");
      this.#board.wasFound();
      const { plan, folder } = this.#published;
      this.#loro = folder.read(PLAN_LORO, MAX_PLAN_LORO);
      // Whoever takes it hears of it.
      this.#loro.catch(() => undefined);
      // It comes while the plan is drawn.
      if (!this.#workshop) void this.#beginLoading();
      if (!this.#workshop?.hasPlan) this.#show(plan, 0);
      // Of a plan that was kept, the evidence was looked for where there was nothing to read.
      this.#evidence.again();
      if (this.#workshop) await this.#hand(this.#published);
    } catch (error) {
      if (!(error instanceof PeerPlanError)) throw error;
      this.#missing = error.code === "not_found";
      this.#board.failed(error);
      // Those who are met have it all the same.
      if (this.#missing && this.#workshop?.hasPlan) return;
      const hidden = error.code === "forbidden" || error.data.private === true;
      const token = hidden && this.page.getState().access !== null;
      this.page.tell("opening", error, "retry", ...(token ? (["token"] as const) : []));
    } finally {
      this.page.set({ busy: "" });
      this.#moved();
    }
  }

  /** Gives what is published to the document. */
  async #hand({ plan }: Published): Promise<void> {
    const workshop = this.#workshop!;
    try {
      const adopted = workshop.adopt(plan, await this.#loro);
      this.page.calm("document");
      if (adopted === "merged") return;
      const told = adopted === "replaced" ? REPLACED : REWRITTEN;
      this.page.tell("history", told, "save", ...(adopted === "replaced" ? FORGET : []));
      if (adopted === "replaced") this.#seal(plan);
    } catch (error) {
      if (!(error instanceof PeerPlanError)) throw error;
      this.page.tell("document", error, error.code === "document_panic" ? "reload" : "retry");
    }
  }

  /** Shows what is published; what is here is another plan of the same name. */
  #seal(plan: Plan): void {
    const { message, hint } = REPLACED;
    this.#sealed = new PeerPlanError("stale", message, { hint });
    this.#show(plan, 0);
  }

  #show(plan: Plan, seq: number): void {
    this.#evidence.look(plan.artifacts);
    this.#views.load({ seq, plan, live: this.#live(plan) });
    this.page.set({ shown: true });
  }

  /** The plan may have other artifacts than before. */
  #noticed(): void {
    const { view } = this.#views.getState();
    if (view) this.#evidence.look(view.plan.artifacts);
  }

  #moved(): void {
    const { view } = this.#views.getState();
    const unsent = (this.#workshop?.unsent ?? 0) + this.#early.length;
    this.page.set({ unsent });
    if (view) this.#views.live(this.#live(view.plan));
  }

  #live(plan: Plan): Live {
    return this.#board.live(plan, this.#workshop);
  }
}

const READ_ONLY = "You can read the plan. To write, load the page again.";
const FORGET = ["forget"] as const;
const REPLACED = {
  message: "The plan was published anew, with another history than the one you commented on.",
  hint: "Save what you wrote as a file, then begin again with what is published.",
};
const REWRITTEN = {
  message: "The plan branch was rewritten: changes that were published before are gone from it.",
  hint: "They are still here, and come back when somebody publishes from here. Save them as a file if they matter.",
};

function originOf({ host, project }: { host: string; project: string }, pr: number | null): Origin {
  const local = /^(?:localhost|127\.|\[)/.test(host);
  return { host, project, pr, url: `http${local ? "" : "s"}://${host}/${project}` };
}

function notYet(): PeerPlanError {
  return new PeerPlanError("unreachable", "The plan's document is not loaded yet.", {
    hint: "Try again in a moment.",
  });
}

export function asSessionError({ code, message, hint }: PeerPlanError): SessionError {
  return new SessionError({ code, message, hint });
}

function rethrow(error: unknown): never {
  throw error instanceof PeerPlanError ? asSessionError(error) : error;
}
