import type { PlanDocument } from "../../js/src/document/document";
import { loadLoro } from "../../js/src/document/loro";
import { newId } from "../../js/src/model/ids";
import type { ChangeSet } from "../../js/src/model/view";
import { openDatabase } from "../../js/src/page/database";
import { Keep } from "../../js/src/page/keep";
import { LocalCopy } from "../../js/src/page/local_copy";
import { Performing } from "../../js/src/page/performing";
import { parseInvitation, roomSecret } from "../../js/src/sync/invitation";
import { keyPair, newKeyPair, unb64u } from "../../js/src/sync/keys";
import type { IntentionEvents } from "../../js/src/sync/intentions";
import { Mesh } from "../../js/src/sync/mesh";
import { PlanReplica } from "../../js/src/sync/plan_replica";
import { invited, owning, type Standing } from "../../js/src/sync/standing";

export interface OursGiven {
  plan: string;
  servers: string[];
  /** The fragment of an invitation; the owner has none, but these three, and the plan. */
  fragment?: string;
  seed?: string;
  salt?: string;
  key?: string;
  /** Where the owner gets the plan's document. */
  document?: string;
  /** Whether the page keeps what it has in the browser's database, as pages do. */
  kept?: boolean;
}

function standing({ plan, servers, fragment, seed, salt, key }: OursGiven): Standing {
  const own = seed ? keyPair(unb64u(seed, 32)) : newKeyPair();
  const actor = { id: own.did, name: seed ? "Ada" : "Bob", kind: "human" } as const;
  if (fragment) return invited(parseInvitation(`#${fragment}`, plan), actor, own);
  const secret = roomSecret(own.did, unb64u(salt!, 16), unb64u(key!, 32));
  return owning(secret, plan, actor, own, { servers });
}

/** What a page shows. */
export interface Shown {
  changed: (change: ChangeSet, document: PlanDocument) => void;
  /** What others are about to write, if the page shows that too. */
  intentions?: IntentionEvents;
}

/** A peer as a page without a server has it. */
export async function peer(given: OursGiven, { intentions, ...shown }: Shown) {
  await loadLoro("/loro_wasm_bg.wasm");
  const kept = given.kept ?? true;
  const keep = kept ? new Keep(await openDatabase(`bench ${newId()}`), given.plan) : null;
  const changed = (change: ChangeSet) => shown.changed(change, copy.document);
  const copy: LocalCopy = new LocalCopy(keep, keep && (await keep.load()), {
    changed,
    wrote: (update, peers) => wrote(update, peers),
    trouble(error) {
      if (error) throw error;
    },
  });
  if (given.document) copy.adopt(new Uint8Array(await (await fetch(given.document)).arrayBuffer()));
  const replica = new PlanReplica(copy.document, {
    plan: given.plan,
    keep: (update) => copy.keep(update),
    changed,
    ...(intentions && { intentions }),
  });
  let bytes = 0;
  const wrote = (update: Uint8Array, peers: readonly string[]) => {
    for (const one of peers) replica.ownPeers.add(one);
    bytes += update.length;
    replica.tell(update);
  };
  const me = standing(given);
  const mesh: Mesh = new Mesh(me, replica, { local: false });
  const performing = new Performing(copy, (operation) => {
    const abandon = mesh.intend(operation);
    if (abandon) bytes += JSON.stringify({ type: "intend", operation }).length;
    return abandon;
  });
  return { mesh, copy, performing, actor: me.ticket.actor, bytes: () => bytes };
}
