import { loadLoro } from "../../src/document/loro";
import { parseOperation } from "../../src/document/operations";
import type { Actor, Live } from "../../src/model/view";
import { LocalCopy } from "../../src/page/local_copy";
import { Performing } from "../../src/page/performing";
import { ViewStore } from "../../src/session/store";
import { Mesh } from "../../src/sync/mesh";
import { PlanReplica } from "../../src/sync/plan_replica";
import { comment, newPlan, said } from "../page/plans";
import { type Given, standing } from "./given";
import { PLAN } from "./members";

const LIVE = { me: { id: "", name: "", kind: "human" } } as Live;

/** A page with a plan that a test drives from outside. */
class PlanPeer {
  mesh!: Mesh;
  #copy!: LocalCopy;
  #replica!: PlanReplica;
  #actor!: Actor;
  #performing!: Performing;
  /** What was written and is not sent yet; null where all is sent at once. */
  #held: Uint8Array[] | null = null;
  readonly #views = new ViewStore();

  /** The owner brings a plan, others get it. */
  async enter(given: Given): Promise<string> {
    await loadLoro("/loro_wasm_bg.wasm");
    const changed = () => this.#show();
    this.#copy = new LocalCopy(null, null, {
      changed,
      wrote: (update) => (this.#held ? this.#held.push(update) : this.#replica.tell(update)),
      trouble() {},
    });
    this.#performing = new Performing(this.#copy, (operation) => this.mesh.intend(operation));
    this.#replica = new PlanReplica(this.#copy.document, {
      plan: PLAN,
      keep: (update) => this.#copy.keep(update),
      changed,
      intentions: {
        intended: (intention) => this.#views.intended(intention, intention.actor),
        abandoned: (id) => this.#views.abandoned(id),
      },
    });
    const me = standing(given);
    this.#actor = me.ticket.actor;
    this.mesh = new Mesh(me, this.#replica, given);
    if (!given.fragment) this.#copy.adopt(newPlan().updatesSince());
    this.mesh.open();
    return this.mesh.me;
  }

  /** Writes a comment; with `held` nothing that is written is sent before `release`. */
  comment(content: string, held = false): void {
    if (held) this.#held = [];
    const operation = comment(content);
    this.#performing.perform(parseOperation(operation, this.#actor), operation, {
      kept() {},
      refused(error) {
        throw error;
      },
    });
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const update of held) this.#replica.tell(update);
  }

  /** The comments that are shown, those that are in the document, and who is linked. */
  state() {
    const { plan } = this.#views.getState().view ?? {};
    const annotations = plan?.annotations ?? null;
    const shown = annotations?.map(({ content, author }) => [
      plan?.identities[author]?.name,
      content,
    ]);
    return {
      shown: shown ?? null,
      here: said(this.#copy.document),
      connection: this.mesh.connection,
    };
  }

  #show(): void {
    const { document } = this.#copy;
    if (!document.exists) return;
    this.#views.load({ seq: document.seq, plan: document.plan(), live: LIVE });
  }
}

Object.assign(globalThis, { peer: new PlanPeer() });
