// @vitest-environment node
import { expect, test } from "vitest";
import { Carrier } from "../../src/sync/carrier";
import { newRoom } from "../../src/sync/invitation";
import { newKeyPair } from "../../src/sync/keys";
import { Presence } from "../../src/sync/presence";
import { owning } from "../../src/sync/standing";
import { DocReplica, eventually, PLAN } from "./members";
import { links } from "./wires";
import "./pairs";

/** Takes in what comes as slowly as a browser that writes it to a disk. */
class SlowReplica extends DocReplica {
  override async take(...given: Parameters<DocReplica["take"]>): Promise<Uint8Array> {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return super.take(...given);
  }
}

/** One end of a link, and the plan that it carries. */
function end(peer: string, replica = new DocReplica()) {
  const key = newKeyPair();
  const identity = { id: key.did, name: peer, kind: "human" } as const;
  const standing = owning(newRoom(key.did), PLAN, identity, key);
  const carrier = new Carrier(replica, standing, new Presence(peer), () => {});
  replica.subscribe((update) => carrier.room.publish(update));
  const member = { peer, identity, role: "owner", invitation: null, expires: 0 } as const;
  return { replica, carrier, member };
}

async function carried() {
  const [one, other] = [end("one"), end("other", new SlowReplica())];
  const [near, far] = links();
  const over = [one.carrier.carry(near, other.member), other.carrier.carry(far, one.member)];
  await eventually(() => one.carrier.ownerHasAll);
  return { one, other, near, far, over: Promise.all(over) };
}

test("what came before a link was closed is taken in, however slowly", async () => {
  const { one, other, near, far, over } = await carried();
  for (let number = 0; number < 6; number += 1) one.replica.put(`${number}`, "x");
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  near.close();
  far.close();
  expect(await over).toMatchObject([{ cause: "left" }, { cause: "left" }]);
  expect(Object.keys(other.replica.values)).toHaveLength(6);
});

test("what came before a goodbye is taken in, however slowly", async () => {
  const { one, other, near, over } = await carried();
  for (let number = 0; number < 6; number += 1) one.replica.put(`${number}`, "x");
  await one.carrier.leave();
  near.close();
  expect(await over).toMatchObject([{ cause: "left" }, { cause: "left" }]);
  expect(Object.keys(other.replica.values)).toHaveLength(6);
});
