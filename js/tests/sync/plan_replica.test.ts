// @vitest-environment node
import { afterEach, expect, test, vi } from "vitest";
import { PlanDocument } from "../../src/document/document";
import { parseOperation } from "../../src/document/operations";
import { PeerPlanError } from "../../src/model/errors";
import { newId } from "../../src/model/ids";
import { deflated } from "../../src/sync/deflated";
import type { MemberRole } from "../../src/sync/grant";
import type { Member } from "../../src/sync/handshake";
import { issue, newRoom } from "../../src/sync/invitation";
import { type KeyPair, newKeyPair } from "../../src/sync/keys";
import { Mesh } from "../../src/sync/mesh";
import { PlanReplica } from "../../src/sync/plan_replica";
import { eventually } from "./members";
import "./pairs";

vi.setConfig({ testTimeout: 30_000 });

const PLAN = "sessions";
const ada = newKeyPair();
const secret = newRoom(ada.did);
const meshes: Mesh[] = [];

afterEach(async () => {
  await Promise.all(meshes.splice(0).map((mesh) => mesh.close()));
});

/** A page with a plan: what it does, and what it kept. */
class Page {
  readonly document: PlanDocument;
  readonly replica: PlanReplica;
  readonly mesh: Mesh;
  readonly kept: Uint8Array[] = [];
  full = false;
  readonly #key: KeyPair;
  readonly #name: string;

  constructor(name: string, role: MemberRole, document: PlanDocument) {
    this.#name = name;
    this.#key = role === "owner" ? ada : newKeyPair();
    this.document = document;
    const keep = (update: Uint8Array) => this.#keep(update);
    this.replica = new PlanReplica(document, { keep, plan: PLAN });
    const invitation = role === "owner" ? null : issue(ada, secret, { plan: PLAN, role });
    const ticket = { secret, plan: PLAN, actor: this.actor, key: this.#key, invitation };
    this.mesh = new Mesh({ ticket, servers: [], iceServers: [] }, this.replica);
    meshes.push(this.mesh);
    this.mesh.open();
  }

  get actor() {
    return { id: this.#key.did, name: this.#name, kind: "human" } as const;
  }

  do(operation: Record<string, unknown>): string {
    const id = newId();
    const whole = { ...operation, id, at: Math.floor(Date.now() / 1000) };
    this.replica.tell(this.document.apply(parseOperation(whole, this.actor)).update);
    return id;
  }

  comment(content: string): string {
    return this.do({ op: "annotate", type: "question", content, target: { type: "plan" } });
  }

  get comments(): string[] {
    return this.document.annotations().map((one) => one.content);
  }

  async #keep(update: Uint8Array): Promise<void> {
    if (this.full) throw new PeerPlanError("storage", "The disk is full.");
    this.kept.push(update);
  }
}

/** The owner's page with a plan in it. */
function owning(): Page {
  const actor = { id: ada.did, name: "Ada", kind: "human" } as const;
  const operation = { op: "create_plan", id: newId(), at: 0, planId: PLAN, title: "Sessions" };
  return new Page("Ada", "owner", PlanDocument.create(parseOperation(operation, actor)).document);
}

/** The page of somebody who has the plan as another has it now. */
function joining(name: string, role: MemberRole, page: Page): Page {
  return new Page(name, role, PlanDocument.load([page.document.updatesSince()]));
}

test("a reviewer's comment reaches the owner, and another reviewer, and is kept", async () => {
  const owner = owning();
  const [bob, cem] = [joining("Bob", "reviewer", owner), joining("Cem", "reviewer", owner)];
  await eventually(() => bob.mesh.connection.peers === 2 && cem.mesh.connection.peers === 2);
  bob.comment("Why?");
  await eventually(() => owner.comments.length === 1 && cem.comments.length === 1);
  expect(owner.kept).toHaveLength(1);
  await eventually(() => bob.mesh.connection.unsent === 0);
});

test("what a reviewer wrote while alone goes out with the next meeting", async () => {
  const owner = owning();
  await owner.mesh.close();
  const bob = joining("Bob", "reviewer", owner);
  bob.comment("One");
  bob.comment("Two");
  expect(bob.mesh.connection.unsent).toBe(2);
  owner.mesh.open();
  await eventually(() => owner.comments.length === 2);
});

test("what two reviewers said in turns reaches the owner who was away", async () => {
  const owner = owning();
  await owner.mesh.close();
  const [bob, cem] = [joining("Bob", "reviewer", owner), joining("Cem", "reviewer", owner)];
  await eventually(() => bob.mesh.connection.peers === 1 && cem.mesh.connection.peers === 1);
  for (let number = 1; number <= 20; number += 2) {
    bob.comment("And?");
    await eventually(() => cem.comments.length === number);
    cem.comment("Well.");
    await eventually(() => bob.comments.length === number + 1);
  }
  owner.mesh.open();
  await eventually(() => owner.comments.length === 20);
  expect(owner.document.updatesSince(cem.document.version())).toHaveLength(0);
  await eventually(() => bob.mesh.connection.unsent + cem.mesh.connection.unsent === 0);
});

test("all of a plan is written out once for those who come while nothing changes", () => {
  const owner = owning();
  const all = () => owner.replica.updatesSince(PlanDocument.empty().version());
  const first = all();
  expect(all()).toBe(first);
  owner.comment("Why?");
  expect(PlanDocument.load([all()]).annotations()).toHaveLength(1);
});

test("who has nothing of the plan yet gets it from the first who comes", async () => {
  const owner = owning();
  const bob = new Page("Bob", "viewer", PlanDocument.empty());
  await eventually(() => bob.document.title === "Sessions");
  expect(bob.kept).toHaveLength(1);
  expect(bob.mesh.members[0]!.peer).toBe(owner.mesh.me);
});

test("a reviewer that edits the plan is put out, and its comment with it", async () => {
  const owner = owning();
  const eve = joining("Eve", "reviewer", owner);
  await eventually(() => eve.mesh.connection.peers === 1);
  eve.document.doc.getMap("plan").set("title", "Mine");
  eve.comment("And a comment");
  await eventually(() => owner.mesh.connection.peers === 0);
  expect(owner.document.title).toBe("Sessions");
  expect(owner.comments).toEqual([]);
  expect(owner.kept).toEqual([]);
});

test("a comment that cannot be kept is not acknowledged, and is when it can", async () => {
  const owner = owning();
  const bob = joining("Bob", "reviewer", owner);
  await eventually(() => bob.mesh.connection.peers === 1);
  owner.full = true;
  bob.comment("Why?");
  await eventually(() => owner.comments.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(bob.mesh.connection.unsent).toBe(1);
  owner.full = false;
  await eventually(() => bob.mesh.connection.unsent === 0);
  expect(owner.kept).toHaveLength(1);
});

test("a revoked invitation ends what was opened with it", async () => {
  const owner = owning();
  const bob = joining("Bob", "reviewer", owner);
  await eventually(() => bob.mesh.connection.peers === 1);
  const invitation = owner.mesh.members[0]!.invitation!;
  owner.do({ op: "revoke_invitation", invitation, reason: "Left the team" });
  await eventually(() => owner.mesh.connection.peers === 0);
});

test("what depends on changes that are not here is asked for again, and then is here", async () => {
  const owner = owning();
  const member = { peer: newId(), identity: owner.actor, role: "owner" } as Member;
  const behind = PlanDocument.load([owner.document.updatesSince()]);
  const replica = new PlanReplica(behind, { keep: async () => {} });
  const versions = [owner.document.version()];
  for (const content of ["First", "Second"]) {
    owner.comment(content);
    versions.push(owner.document.version());
  }
  const second = owner.document.updatesSince(versions[1]);
  await expect(replica.take(second, member)).rejects.toThrow("depends on others");
  expect(behind.annotations()).toHaveLength(0);
  const both = owner.document.updatesSince(versions[0]);
  expect((await replica.take(both, member)).length).toBeGreaterThan(0);
  expect(await replica.take(second, member)).toHaveLength(0);
  expect(behind.annotations()).toHaveLength(2);
});

test("a page of which there is a copy says so, and writes under another number", async () => {
  const owner = owning();
  await owner.mesh.close();
  const copy = joining("Ada", "owner", owner);
  // As when a machine is restored twice from one image of its memory.
  copy.document.doc.setPeerId(owner.document.doc.peerIdStr);
  owner.comment("Here");
  copy.comment("There");
  copy.comment("There again");
  owner.mesh.open();
  const pages = [owner, copy];
  await eventually(() =>
    pages.some(({ mesh }) => mesh.connection.detail.includes("A copy of this page")),
  );
  owner.comment("Later, here");
  copy.comment("Later, there");
  const later = ["Later, here", "Later, there"];
  await eventually(() =>
    pages.every(({ comments }) => later.every((one) => comments.includes(one))),
  );
});

test("what an owner has is written out and deflated once, while somebody is met", async () => {
  const owner = owning();
  for (let number = 0; number < 40; number += 1) owner.comment("Why? ".repeat(100));
  const exports = vi.spyOn(owner.document, "updatesSince");
  let streams = 0;
  class Counted extends CompressionStream {
    constructor(format: CompressionFormat) {
      super(format);
      streams += 1;
    }
  }
  vi.stubGlobal("CompressionStream", Counted);
  owner.replica.prepare();
  const begun = streams;
  await deflated(owner.replica.updatesSince(PlanDocument.empty().version()));
  expect([exports.mock.calls.length, streams - begun]).toEqual([1, 0]);
  expect(begun).toBe(2); // one to see whether the browser can
  vi.unstubAllGlobals();
});
