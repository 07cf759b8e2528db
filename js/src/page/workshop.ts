/** Everything that needs the document: a chunk of its own, loaded once the plan can be read. */
import { PeerPlanError } from "../model/errors";
import type {
  Actor,
  ChangeSet,
  Connection,
  Member,
  MemberRole,
  Plan,
  SentOperation,
} from "../model/view";
import type { IntentionEvents } from "../sync/intentions";
import type { Invitation } from "../sync/invitation";
import { canWrite, publishToBranch } from "./branch/publishing";
import { b64, bundleFile, sealedBundle } from "./bundle";
import type { Evidence } from "./evidence";
import { repositoryOf } from "./folders";
import type { Moment } from "./live_board";
import { Local } from "./local";
import type { Adoption } from "./local_copy";
import { loadMeet } from "./meeting/load_meet";
import type { Sight } from "./opening";
import { PageReplica } from "./page_replica";
import type { Origin, PageStore } from "./page_state";
import type { Participant } from "./participants";
import { PageRoom, readInvitation } from "./room";

/** Told to the session; see `LocalEvents`. */
export interface WorkshopEvents extends IntentionEvents {
  shown(plan: Plan, seq: number): void;
  changed(change: ChangeSet): void;
  kept(operationId: string, seq: number): void;
  refused(operationId: string, error: PeerPlanError): void;
  waiting(operations: readonly SentOperation[]): void;
  /** The connection, who is here or what is unsent may be another. */
  moved(): void;
}

export interface WorkshopOptions {
  sight: Sight;
  loro: Promise<Response>;
  evidence: Evidence;
  page: PageStore;
  events: WorkshopEvents;
}

/** The document of the plan in this browser, and the room that it is shared in. */
export class Workshop implements Moment {
  readonly #local: Local;
  readonly #sight: Sight;
  readonly #page: PageStore;
  readonly #events: WorkshopEvents;
  readonly #invitation: Invitation | null;
  readonly #replica: PageReplica;
  #room: PageRoom | null = null;
  #delivering = false;

  private constructor(made: Made) {
    this.#local = made.local;
    this.#sight = made.sight;
    this.#page = made.page;
    this.#events = made.events;
    this.#invitation = made.invitation;
    const plan = made.sight.ref.planId ?? made.invitation?.grant.plan ?? "";
    this.#replica = new PageReplica(plan, made.local, made.evidence, made.events);
  }

  /** `loro` is where its WebAssembly comes from. Rejects as `Local.open`. */
  static async open({ sight, loro, evidence, page, events }: WorkshopOptions): Promise<Workshop> {
    const invitation = invitationOf(sight, page);
    const role: MemberRole = invitation?.grant.role ?? "reviewer";
    // Nothing is written before `open` resolves.
    let workshop: Workshop | null = null;
    const local = await Local.open({
      key: keyOf(sight),
      wasm: loro,
      role,
      events: {
        ...events,
        kept: (operationId, seq) => {
          events.kept(operationId, seq);
          events.moved();
        },
        wrote: (update, peers) => {
          if (workshop) workshop.#wrote(update, peers);
        },
        intends: (operation) => (workshop ? workshop.#intend(operation) : null),
        trouble: (error) => tellTrouble(page, error),
      },
    });
    workshop = new Workshop({ local, sight, evidence, page, events, invitation });
    const { key: me, name } = local.identity;
    page.set({ me: me.did, name, role: invitation ? role : null });
    workshop.#wantName();
    return workshop;
  }

  get actor(): Actor {
    return this.#local.actor;
  }

  get hasPlan(): boolean {
    return this.#local.hasPlan;
  }

  get unsent(): number {
    return this.#local.copy.unsent + this.#local.waits;
  }

  get news(): readonly string[] {
    return this.#local.copy.news;
  }

  get connection(): Connection | null {
    return this.#room?.connection ?? null;
  }

  get role(): MemberRole {
    return this.#invitation?.grant.role ?? "reviewer";
  }

  get over(): Moment["over"] {
    return this.#room?.over;
  }

  get members(): readonly Member[] | null {
    return this.#room?.members ?? null;
  }

  get host(): string {
    return this.#invitation?.grant.owner ?? "";
  }

  get participants(): readonly Participant[] {
    return this.#room?.participants ?? [];
  }

  /** What is about something that somebody is about to write waits until that is here. */
  submit(operation: SentOperation): void {
    const about = "annotationId" in operation ? (operation.annotationId ?? "") : "";
    this.#local.submit(operation, this.#replica.decided(about));
    this.#wantName();
    this.#events.moved();
  }

  adopt(plan: Plan, loro: Uint8Array | null): Adoption {
    const adopted = this.#local.adopt(plan, loro);
    this.#events.moved();
    return adopted;
  }

  /** Enters the room of the invitation, if there is one. */
  meet(): void {
    const invitation = this.#invitation;
    if (!invitation || this.#room) return;
    const { site } = this.#sight;
    this.#room = new PageRoom({
      local: this.#local,
      replica: this.#replica,
      site,
      invitation,
      changed: () => this.#moved(),
    });
    // Those who meet by hand may be without a network by then.
    loadMeet().catch(() => undefined);
    if (this.#room.refused.length > 0)
      this.#page.tell("servers", refusedServers(this.#room.refused));
  }

  look(focus: string | null): void {
    this.#room?.say(focus);
  }

  async artifact(hash: string, size: number): Promise<Blob | null> {
    return (await this.#room?.artifact(hash, size)) ?? null;
  }

  async setName(name: string): Promise<void> {
    try {
      await this.#local.setName(name);
    } catch (error) {
      if (!(error instanceof PeerPlanError)) throw error;
      tellTrouble(this.#page, error);
    }
    this.#page.set({ name, nameWanted: false });
    this.#events.moved();
    await this.#room?.renamed();
  }

  /** The commit that now has everything; rejects as `publishToBranch`. */
  async publish({ token, site, ref }: Sight): Promise<string> {
    const repository = repositoryOf(site, ref);
    if (!repository || !canWrite(repository)) throw noWriting();
    if (!token) throw noToken(new URL(repository.host.api).host);
    this.#local.flush();
    const folder = folderOf(this.#sight, this.#local);
    const commit = await publishToBranch(this.#local.copy, { repository, token, folder });
    await this.#local.copy.delivered();
    return commit;
  }

  bundle(origin: Origin | null): File {
    this.#local.flush();
    const { copy, identity } = this.#local;
    const { document } = copy;
    const own = this.#replica.ownPartsSince(copy.base);
    if (own.length === 0) throw nothingOwn();
    return bundleFile(
      sealedBundle(
        {
          plan: document.id,
          title: document.title,
          repository: origin?.url ?? "",
          pr: document.field("pr") ?? null,
          base: b64(copy.base),
          updates: own.map(b64),
          identity: { ...this.actor, name: this.actor.name || "Reader" },
          made: Math.floor(Date.now() / 1000),
        },
        identity.key,
      ),
    );
  }

  introduce(): ReturnType<PageRoom["introduce"]> {
    return this.#entered().introduce();
  }

  answer(text: string): ReturnType<PageRoom["answer"]> {
    return this.#entered().answer(text);
  }

  async forget(): Promise<void> {
    this.close();
    await this.#local.copy.forget();
  }

  close(): void {
    this.#local.close();
    this.#room?.close();
  }

  #intend(operation: SentOperation): (() => void) | null {
    return this.#room?.intend(operation) ?? null;
  }

  #wrote(update: Uint8Array, peers: readonly string[]): void {
    this.#replica.wrote(update, peers);
    this.#events.moved();
  }

  #wantName(): void {
    const nameWanted = !this.#local.identity.name && this.#local.waits > 0;
    this.#page.set({ nameWanted });
  }

  #moved(): void {
    const room = this.#room;
    if (room) this.#tellTroubles(room);
    if (room?.isDelivered && this.#local.copy.unsent > 0 && !this.#delivering) {
      this.#delivering = true;
      void this.#local.copy
        .delivered()
        .catch((error: PeerPlanError) => tellTrouble(this.#page, error))
        .finally(() => {
          this.#delivering = false;
          this.#events.moved();
        });
    }
    this.#events.moved();
  }

  #tellTroubles({ troubles }: PageRoom): void {
    const [message] = troubles;
    if (message) this.#page.tell("peers", { message, hint: "" });
    else this.#page.calm("peers");
  }

  #entered(): PageRoom {
    if (this.#room) return this.#room;
    throw new PeerPlanError("forbidden", "Only who was invited can meet others.", {
      hint: "Ask the plan's owner for an invitation.",
    });
  }
}

interface Made {
  local: Local;
  sight: Sight;
  evidence: Evidence;
  page: PageStore;
  events: WorkshopEvents;
  invitation: Invitation | null;
}

/** What this browser keeps of a plan is apart from plans of the same id elsewhere. */
function keyOf({ site, ref }: Sight): string {
  if (ref.raw !== null) return ref.raw;
  const repository = repositoryOf(site, ref);
  const { host = "", project = "" } = repository?.address ?? {};
  return `${host}/${project}#${ref.planId ?? ""}`;
}

/** The invitation of the link, or null after it was said what is wrong with it. */
function invitationOf({ ref }: Sight, page: PageStore): Invitation | null {
  if (!ref.invitation) return null;
  try {
    return readInvitation(ref.invitation, ref.planId ?? "");
  } catch (error) {
    if (!(error instanceof PeerPlanError)) throw error;
    const read = "You can read what is published; nobody can be met by this link.";
    page.tell("invitation", { message: `${error.message} ${read}`, hint: error.hint });
    return null;
  }
}

function tellTrouble(page: PageStore, error: PeerPlanError | null): void {
  if (error) page.tell("storage", error, "save");
  else page.calm("storage");
}

function folderOf({ ref }: Sight, { copy }: Local): string {
  const pr = copy.document.field("pr") ?? ref.pr;
  return `${pr === null ? "drafts" : `pr-${pr}`}/plan-${copy.document.id}`;
}

function refusedServers(servers: readonly string[]) {
  const names = servers.map((one) => new URL(one).host).join(", ");
  return {
    message: `The invitation names the room server ${names}, which this page may not talk to.`,
    hint: `Whoever published the page can allow it: peerplan site build --server ${servers[0]}`,
  };
}

function nothingOwn(): PeerPlanError {
  const told = "There is nothing of yours in this browser that is not on the plan branch.";
  return new PeerPlanError("not_found", told);
}

function noWriting(): PeerPlanError {
  const told = "This page cannot write to the plan branch of that host.";
  const hint = "Save your review as a file, and give that to whoever shared the plan.";
  return new PeerPlanError("invalid_input", told, { hint });
}

function noToken(host: string): PeerPlanError {
  return new PeerPlanError("forbidden", `To write to the plan branch, ${host} wants a token.`, {
    hint: "Give one under “You”, or save your review as a file.",
    data: { host },
  });
}
