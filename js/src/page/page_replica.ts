import type { IntentionEvents } from "../sync/intentions";
import { PlanReplica } from "../sync/plan_replica";
import type { Evidence } from "./evidence";
import type { Local } from "./local";

/** The copy in this browser as peers see it; of a plan that may not be here yet. */
export class PageReplica extends PlanReplica {
  readonly #plan: string;

  /** `plan` is its id. */
  constructor(plan: string, local: Local, evidence: Evidence, intentions: IntentionEvents) {
    super(local.copy.document, {
      keep: (update) => local.copy.keep(update),
      changed: (change) => local.changed(change),
      artifact: (hash) => evidence.held(hash),
      ownPeers: local.peers,
      intentions,
    });
    this.#plan = plan;
  }

  override get plan(): string {
    return this.#plan;
  }

  /** Sends what this browser's person wrote under these Loro peers, on whatever page. */
  wrote(update: Uint8Array, peers: readonly string[]): void {
    for (const peer of peers) this.ownPeers.add(peer);
    this.tell(update);
  }
}
