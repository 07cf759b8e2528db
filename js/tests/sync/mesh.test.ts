// @vitest-environment node
import { afterEach, expect, test, vi } from "vitest";
import { issue } from "../../src/sync/invitation";
import { BreachError, UnreadyError } from "../../src/sync/ports";
import { eventually, Household, PLAN } from "./members";
import "./pairs";

vi.setConfig({ testTimeout: 30_000 });

const households: Household[] = [];

/** A room whose members are pages of one browser. */
function household(): Household {
  const made = new Household();
  households.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(households.splice(0).map((one) => one.close()));
});

test("two pages of one browser meet, and each gets what the other has", async () => {
  const home = household();
  const ada = home.enter("Ada");
  const bob = home.enter("Bob", "reviewer");
  ada.replica.put("one", "1");
  bob.replica.put("two", "2");
  await eventually(() => ada.replica.values.two && bob.replica.values.one);
  expect(ada.mesh.connection).toMatchObject({ state: "live", path: "this browser", peers: 1 });
  expect(bob.mesh.members).toMatchObject([
    { peer: ada.mesh.me, role: "owner", path: "local", identity: { name: "Ada" } },
  ]);
});

test("pages see who is here, and that somebody left", async () => {
  const home = household();
  const ada = home.enter("Ada");
  const bob = home.enter("Bob", "viewer");
  await eventually(() => ada.mesh.present[bob.mesh.me] && bob.mesh.present[ada.mesh.me]);
  const here = { [ada.mesh.me]: { name: "Ada" }, [bob.mesh.me]: { name: "Bob" } };
  expect(ada.mesh.present).toEqual(here);
  await bob.mesh.close();
  await eventually(() => !(bob.mesh.me in ada.mesh.present));
  expect(ada.mesh.connection.peers).toBe(0);
});

test("who comes back under another id is seen at once", async () => {
  const home = household();
  const ada = home.enter("Ada");
  const first = home.enter("Bob", "viewer");
  await eventually(() => ada.mesh.present[first.mesh.me]);
  await first.mesh.close();
  const second = home.enter("Bob", "viewer");
  await eventually(() => ada.mesh.present[second.mesh.me]);
  expect(Object.keys(ada.mesh.present).sort()).toEqual([ada.mesh.me, second.mesh.me].sort());
});

test("a reviewer cannot show others as if they were here", async () => {
  const home = household();
  const ada = home.enter("Ada");
  const eve = home.enter("Eve", "reviewer");
  const actor = (id: string, kind = "human") => ({ actor: { id, name: "Ada", kind } });
  await eventually(() => eve.mesh.connection.peers === 1);
  const { id } = ada.mesh.members[0]!.identity!;
  eve.mesh.say([actor(home.key.did), actor("an agent", "agent"), actor(id), null]);
  await eventually(() => Array.isArray(ada.mesh.present[eve.mesh.me]));
  expect(ada.mesh.present[eve.mesh.me]).toEqual([actor("an agent", "agent"), actor(id)]);
});

test("a reviewer sends what it wrote and relays nothing; the owner relays", async () => {
  const home = household();
  const bob = home.enter("Bob", "reviewer");
  const judged: string[] = [];
  const cem = home.enter("Cem", "reviewer");
  cem.replica.judge = (_, member) => judged.push(member.identity.name);
  await eventually(() => bob.mesh.connection.peers === 1);
  const ada = home.enter("Ada");
  ada.replica.put("one", "1");
  await eventually(() => bob.replica.values.one && cem.replica.values.one);
  expect(new Set(judged)).toEqual(new Set(["Ada"]));
  bob.replica.put("two", "2");
  await eventually(() => cem.replica.values.two && ada.replica.values.two);
});

test("who breaks its role is put out, and nothing of it is kept", async () => {
  const home = household();
  const ada = home.enter("Ada");
  ada.replica.judge = (_, member) => {
    if (member.role !== "owner") throw new BreachError("A reviewer may not edit.");
  };
  const bob = home.enter("Bob", "reviewer");
  await eventually(() => bob.mesh.connection.peers === 1);
  bob.replica.put("evil", "!");
  await eventually(() => ada.mesh.members.length === 0);
  await eventually(() => bob.mesh.connection.peers === 0);
  expect(ada.replica.values).toEqual({});
  expect(bob.mesh.connection.detail).toContain("A reviewer may not edit.");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(ada.mesh.connection.peers).toBe(0);
});

test("who was put out is not let in again by the same invitation, but by another", async () => {
  const home = household();
  const ada = home.enter("Ada");
  ada.replica.judge = (_, member) => {
    if (member.role !== "owner") throw new BreachError("A reviewer may not edit.");
  };
  const { mesh, replica, ticket } = home.enter("Bob", "reviewer");
  await eventually(() => mesh.connection.peers === 1);
  replica.put("evil", "!");
  await eventually(() => mesh.connection.peers === 0);
  await mesh.close();
  const again = home.enter("Bob", "reviewer", { ticket });
  await eventually(() => again.mesh.connection.detail.includes("put out"));
  expect(ada.mesh.connection.peers).toBe(0);
  const invitation = issue(home.key, home.secret, { plan: PLAN, role: "reviewer" });
  home.enter("Bob", "reviewer", { ticket: { ...ticket, invitation } });
  await eventually(() => ada.mesh.connection.peers === 1);
});

test("a viewer that writes is put out", async () => {
  const home = household();
  const ada = home.enter("Ada");
  const eve = home.enter("Eve", "viewer");
  await eventually(() => eve.mesh.connection.peers === 1);
  eve.replica.put("evil", "!");
  ada.replica.put("one", "1");
  await eventually(() => eve.replica.values.one);
  expect(ada.replica.values).toEqual({ one: "1" });
});

test("a change that depends on what is not here yet comes again", async () => {
  const home = household();
  const ada = home.enter("Ada");
  let early = true;
  ada.replica.judge = () => {
    if (early) throw new UnreadyError();
  };
  const bob = home.enter("Bob", "reviewer");
  bob.replica.put("one", "1");
  await eventually(() => ada.mesh.connection.peers === 1);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(ada.replica.values).toEqual({});
  early = false;
  await eventually(() => ada.replica.values.one);
});

test("an invitation that is revoked ends its links and opens none", async () => {
  const home = household();
  const ada = home.enter("Ada");
  const bob = home.enter("Bob", "reviewer", { wait: true });
  bob.mesh.open();
  await eventually(() => ada.mesh.connection.peers === 1);
  ada.replica.takenBack.add(home.invitations[0]!.key.did);
  await eventually(() => bob.mesh.connection.peers === 0);
  expect(bob.mesh.connection.detail).toContain("not valid any more");
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(ada.mesh.connection.peers).toBe(0);
});

test("who was away when an invitation was taken back hears it of the owner", async () => {
  const home = household();
  const ada = home.enter("Ada");
  const bob = home.enter("Bob", "reviewer");
  await eventually(() => ada.mesh.connection.peers === 1);
  await bob.mesh.close();
  ada.replica.takenBack.add(home.invitations[0]!.key.did);
  const again = home.enter("Bob", "reviewer", { ticket: bob.ticket });
  expect(again.mesh.revoked).toBe(false);
  await eventually(() => again.mesh.revoked);
});

test("another guest who says that an invitation was taken back is not believed", async () => {
  const home = household();
  const cem = home.enter("Cem", "reviewer");
  const bob = home.enter("Bob", "reviewer", { wait: true });
  cem.replica.takenBack.add(home.invitations[1]!.key.did);
  bob.mesh.open();
  await eventually(() => bob.mesh.connection.detail.includes("(revoked)"));
  expect(bob.mesh.revoked).toBe(false);
});

test("a link ends when its grant expires", async () => {
  const home = household();
  const ada = home.enter("Ada");
  const expires = Math.ceil(Date.now() / 1000) + 2;
  home.enter("Bob", "reviewer", { expires });
  await eventually(() => ada.mesh.connection.peers === 1);
  await eventually(() => ada.mesh.connection.peers === 0);
});

test("who has the room's key and no grant is not let in", async () => {
  const home = household();
  const ada = home.enter("Ada");
  const eve = home.enter("Eve", "owner", { stranger: true });
  eve.replica.put("evil", "!");
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(ada.mesh.connection.peers).toBe(0);
  expect(ada.replica.values).toEqual({});
  expect(ada.mesh.present).toEqual({ [ada.mesh.me]: { name: "Ada" } });
});

test("changes that nobody was there to hear are counted until somebody has them", async () => {
  const home = household();
  const ada = home.enter("Ada");
  ada.replica.put("one", "1");
  ada.replica.put("two", "2");
  expect(ada.mesh.connection.unsent).toBe(2);
  const bob = home.enter("Bob", "reviewer");
  await eventually(() => bob.replica.values.two);
  await eventually(() => ada.mesh.connection.unsent === 0);
});

test("what somebody wrote in one go comes to others, though the page closes at once", async () => {
  const home = household();
  const ada = home.enter("Ada");
  const bob = home.enter("Bob", "reviewer");
  bob.replica.put("first", "x");
  await eventually(() => ada.replica.values.first && bob.mesh.connection.unsent === 0);
  for (let number = 0; number < 300; number += 1) bob.replica.put(`key ${number}`, "x");
  expect(bob.mesh.connection.unsent).toBe(300);
  await bob.mesh.close();
  await eventually(() => Object.keys(ada.replica.values).length === 301);
});

test("a large document arrives whole", async () => {
  const home = household();
  const ada = home.enter("Ada");
  for (let number = 0; number < 8; number += 1) {
    ada.replica.put(String(number), "0123456789".repeat(50_000));
  }
  const bob = home.enter("Bob", "viewer");
  await eventually(() => Object.keys(bob.replica.values).length === 8);
});
