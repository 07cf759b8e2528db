/**
 * The browser's peer. What a page needs to hold a plan together with others:
 *
 *     await loadLoro();                                   // js/src/document/loro.ts
 *     const standing = invited(parseInvitation(location.href), actor, keyPair);
 *     const replica = new PlanReplica(document, { keep, ownPeers, artifact, changed });
 *     const mesh = new Mesh(standing, replica);
 *     mesh.subscribe(() => draw(mesh.connection, mesh.members, mesh.present));
 *     mesh.open();
 *
 * - `document` is the plan's `PlanDocument`, loaded from what the page kept. It may be empty: then
 *   the plan comes with the first link, and `PlanReplica` is given the plan's id.
 * - An own operation: `document.apply`, keep it, then `replica.tell(update)`. Not telling loses
 *   nothing: the next link is given it, by version vector.
 * - What comes from others is judged by the sender's role, imported, told to `changed` with its
 *   change set, and kept by `keep`; only then is it acknowledged. `keep` rejects with `storage`
 *   when it cannot; the sender tries again.
 * - `ownPeers` are the Loro peer ids of earlier pages of this person (`document.doc.peerIdStr`
 *   of each); without them what was written there would go out only to owners that ask anew.
 * - `mesh.connection` has the shape of the view's `Connection`; `mesh.members` says who is linked
 *   how. `mesh.ownerHasAll` says that an owner is linked and has acknowledged everything.
 * - `mesh.say([participant])` tells where this page looks; `mesh.present` what others tell.
 * - `mesh.artifacts.fetch(hash, { size, progress, signal })` asks the others for evidence.
 * - `mesh.introduce()` and `mesh.answer(text)` introduce two pages by texts that people carry.
 *
 * Everything that fails rejects or throws a `PeerPlanError`. The mesh says goodbye by itself when
 * the page is left, comes back with it, and reconnects when the machine wakes up.
 */
export { loadLoro, loadLoroFrom } from "../document/loro";
export type { FetchOptions } from "./artifacts";
export type { Path } from "./channel";
export type { MemberRole } from "./grant";
export type { Member, Ticket } from "./handshake";
export type { Person } from "./hello";
export {
  fragmentOf,
  type Invitation,
  issue,
  newRoom,
  parseInvitation,
  type RoomSecret,
  roomSecret,
} from "./invitation";
export { type KeyPair, keyPair, newKeyPair } from "./keys";
export type { MemberState } from "./members";
export { type Answer, type Introduction, Mesh, type MeshOptions } from "./mesh";
export { PlanReplica, type PlanReplicaOptions } from "./plan_replica";
export type { Replica } from "./replica";
export { invited, owning, roleOf, type Standing } from "./standing";
