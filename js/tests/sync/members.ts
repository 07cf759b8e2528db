import { VersionVector } from "../../src/document/loro";
import type { MemberRole } from "../../src/sync/grant";
import type { Member, Ticket } from "../../src/sync/handshake";
import { type Invitation, issue, newRoom, type RoomSecret } from "../../src/sync/invitation";
import { type KeyPair, newKeyPair } from "../../src/sync/keys";
import { Mesh, type MeshOptions } from "../../src/sync/mesh";
import type { Replica } from "../../src/sync/replica";
import type { Standing } from "../../src/sync/standing";
import { DocPort } from "./doc_port";

export const PLAN = "sessions";

/** A plain document as a replica: takes everything that `judge` does not refuse. */
export class DocReplica implements Replica {
  readonly plan = PLAN;
  readonly port = new DocPort();
  readonly takenBack = new Set<string>();
  readonly blobs = new Map<string, Blob>();
  judge: (update: Uint8Array, member: Member) => void = () => {};
  readonly #listeners = new Set<(update: Uint8Array) => void>();

  version = () => this.port.version();
  updatesSince = (version: Uint8Array) => this.port.updatesSince(version);

  ownSince(version: Uint8Array): Uint8Array {
    const { doc } = this.port;
    const peer = doc.peerIdStr;
    const seen = version.length > 0 ? VersionVector.decode(version) : new VersionVector(null);
    const counter = seen.get(peer) ?? 0;
    const len = (doc.oplogVersion().get(peer) ?? 0) - counter;
    if (len <= 0) return new Uint8Array();
    return doc.export({ mode: "updates-in-range", spans: [{ id: { peer, counter }, len }] });
  }

  ownPartsSince = (version: Uint8Array) => [this.ownSince(version)];

  async take(update: Uint8Array, member: Member): Promise<Uint8Array> {
    this.judge(update, member);
    return this.port.importUpdates(update);
  }

  revoked = (invitation: string) => this.takenBack.has(invitation);
  size = () => this.port.updatesSince(new Uint8Array()).length;
  artifact = async (hash: string) => this.blobs.get(hash) ?? null;

  subscribe(listener: (update: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  put(key: string, value: string): void {
    const update = this.port.put(key, value);
    for (const listener of this.#listeners) listener(update);
  }

  get values(): Record<string, string> {
    return this.port.doc.getMap("values").toJSON() as Record<string, string>;
  }
}

export interface EnterOptions extends MeshOptions {
  /** When the grant ends, in Unix seconds. */
  expires?: number;
  /** Comes as somebody who was here before. */
  ticket?: Ticket;
  /** Somebody who claims to be the owner and is not. */
  stranger?: boolean;
  /** Leaves it to the test when the mesh opens. */
  wait?: boolean;
}

/** A room with its owner's key, and everybody who was let in. */
export class Household {
  readonly key: KeyPair = newKeyPair();
  readonly secret: RoomSecret = newRoom(this.key.did);
  readonly servers: readonly string[];
  /** In the order in which they were given. */
  readonly invitations: Invitation[] = [];
  readonly #entered: Mesh[] = [];

  constructor(servers: readonly string[] = []) {
    this.servers = servers;
  }

  /** Lets somebody in. */
  enter(name: string, role: MemberRole = "owner", options: EnterOptions = {}) {
    const key = role === "owner" && !options.stranger ? this.key : newKeyPair();
    const actor = { id: key.did, name, kind: "human" } as const;
    const terms = { plan: PLAN, role, servers: this.servers, expires: options.expires ?? 0 };
    const invitation = role === "owner" ? null : issue(this.key, this.secret, terms);
    if (invitation) this.invitations.push(invitation);
    const made = { secret: this.secret, plan: PLAN, actor, key, invitation };
    const ticket = options.ticket ?? made;
    const standing: Standing = { ticket, servers: this.servers, iceServers: [] };
    const replica = new DocReplica();
    const mesh = new Mesh(standing, replica, options);
    mesh.say({ name });
    if (!options.wait) mesh.open();
    this.#entered.push(mesh);
    return { mesh, replica, ticket };
  }

  async close(): Promise<void> {
    await Promise.all(this.#entered.map((mesh) => mesh.close()));
  }
}

/** Waits until something holds, looking often. */
export async function eventually(holds: () => unknown, seconds = 15): Promise<void> {
  const until = performance.now() + seconds * 1000;
  while (!holds()) {
    if (performance.now() > until) throw new Error(`It never came true: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
