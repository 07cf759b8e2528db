// @vitest-environment node
import { afterEach, expect, test } from "vitest";
import { eventually, Household } from "./members";
import "./pairs";

const households: Household[] = [];

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
  expect(ada.mesh.present).toEqual({
    [ada.mesh.me]: { name: "Ada" },
    [bob.mesh.me]: { name: "Bob" },
  });
  await bob.mesh.close();
  await eventually(() => !(bob.mesh.me in ada.mesh.present));
  expect(ada.mesh.connection.peers).toBe(0);
});
