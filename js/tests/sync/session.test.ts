// @vitest-environment node
import { expect, test, vi } from "vitest";
import { PeerPlanError } from "../../src/model/errors";
import { DEFLATE } from "../../src/sync/deflated";
import { decodeFrame, MessageType, RoomErrorCode, UpdateStatusCode } from "../../src/sync/frames";
import { STRANGER } from "../../src/sync/introduction";
import { BreachError } from "../../src/sync/ports";
import {
  acks,
  bytes,
  Clock,
  carry,
  DocPort,
  fragment,
  header,
  joined,
  joinRequest,
  limited,
  ROOM,
  Side,
  types,
  update,
} from "./pairs";

const place = { crdt: "%LOR", roomId: ROOM } as const;
const { Ok, Unknown, RateLimited, InvalidUpdate, PayloadTooLarge, PermissionDenied } =
  UpdateStatusCode;

test("one join brings to each side what it lacks", async () => {
  const [left, right] = [new DocPort(), new DocPort()];
  left.insert("left ");
  right.insert("right ");
  const [one, other] = await joined({}, left, right);
  expect(left.content).toBe(right.content);
  expect(left.content.split(" ").filter(Boolean).sort()).toEqual(["left", "right"]);
  expect([one.session.pending, other.session.pending]).toEqual([0, 0]);
  expect(one.events.map((event) => event.kind)).toEqual(["joined", "imported", "settled"]);
});

test("peers with equal documents send nothing but the join", async () => {
  const [left, right] = [new DocPort(), new DocPort()];
  await right.importUpdates(left.insert("same"));
  const [one, other] = [new Side(left, "requester"), new Side(right, "receiver")];
  one.session.start();
  const log = await carry(one, other);
  expect(types(log)).toEqual([MessageType.JoinRequest, MessageType.JoinResponseOk]);
});

test("changes travel both ways and are acknowledged", async () => {
  const [one, other] = await joined();
  one.push(one.port.insert("a"));
  other.push(other.port.insert("b"));
  expect([one.session.pending, other.session.pending]).toEqual([1, 1]);
  expect(acks(await carry(one, other))).toEqual([Ok, Ok]);
  expect(one.port.content).toBe(other.port.content);
  expect([one.session.pending, other.session.pending]).toEqual([0, 0]);
});

test("a large update travels in fragments of 15,000 bytes, in any order", async () => {
  const [one, other] = await joined();
  const text = Array.from({ length: 300_000 }, (_, at) => "abcdefghij "[(at * 7919) % 11]).join("");
  one.push(one.port.put("big", text));
  const [head, ...parts] = one.sent;
  expect(parts.length).toBeGreaterThan(3);
  expect(Math.max(...one.sent.map((frame) => frame.length))).toBeLessThan(16 * 1024);
  one.sent = [head!, ...parts.reverse(), parts[0]!];
  await carry(one, other);
  expect(other.port.lengths).toEqual({ big: 300_000 });
  expect(other.port.imports).toBe(1);
  expect(one.session.pending).toBe(0);
});

test("changes that gather while batches wait go together", async () => {
  const [one, other] = await joined(limited({ window: 2 }));
  for (let number = 0; number < 50; number += 1) one.push(one.port.insert(`${number} `));
  expect(one.sent.length).toBe(2);
  expect(one.session.pending).toBe(50);
  const log = await carry(one, other);
  expect(types(log).filter((type) => type === MessageType.DocUpdate)).toHaveLength(3);
  expect(other.port.content).toBe(one.port.content);
  expect(one.session.pending).toBe(0);
});

test("an Ack comes only when the change is durable", async () => {
  const port = new DocPort();
  let durable: () => void = () => {};
  const slow = {
    version: () => port.version(),
    updatesSince: (version: Uint8Array) => port.updatesSince(version),
    importUpdates: async (blob: Uint8Array) => {
      const fresh = await port.importUpdates(blob);
      await new Promise<void>((resolve) => {
        durable = resolve;
      });
      return fresh;
    },
  };
  const [one, other] = await joined({}, new DocPort(), slow);
  other.session.receive(update([one.port.insert("kept")]));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(port.content).toBe("kept");
  expect(other.sent).toEqual([]);
  durable();
  await other.session.settled();
  expect(acks(other.take())).toEqual([Ok]);
});

test("what was taken in over a link that is gone is not acknowledged over the next", async () => {
  const [one, other] = await joined();
  other.session.receive(update([one.port.insert("late")]));
  other.session.disconnected();
  other.session.receive(joinRequest());
  await other.session.settled();
  expect(types(other.take())).not.toContain(MessageType.Ack);
});

test("what came before a peer is put out is taken in, since it may say why", async () => {
  const slow = new DocPort();
  const take = slow.importUpdates.bind(slow);
  slow.importUpdates = async (blob) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return take(blob);
  };
  const [one, other] = await joined({}, new DocPort(), slow);
  one.push(one.port.insert("first "));
  one.push(one.port.insert("taken back "));
  one.session.evict("The invitation was taken back.");
  await carry(one, other);
  await vi.waitFor(() => expect(other.session.state).toBe("closed"));
  expect(slow.content).toBe("taken back first ");
  expect(other.events.at(-1)).toMatchObject({ kind: "closed", cause: "refused" });
});

test("a full disk is told as a passing failure, and the change is sent again", async () => {
  const full = new DocPort();
  full.importUpdates = () => Promise.reject(new PeerPlanError("storage", "The disk is full."));
  const clock = new Clock();
  const [one, other] = await joined({ clock: clock.read }, new DocPort(), full);
  one.push(one.port.insert("a"));
  expect(acks(await carry(one, other))).toEqual([Unknown]);
  expect(one.session.pending).toBe(1);
  clock.now += 0.6;
  one.session.tick();
  expect(types(one.take())).toEqual([MessageType.DocUpdate]);
});

test("who breaks its role is put out", async () => {
  const guarded = new DocPort();
  guarded.importUpdates = () => Promise.reject(new BreachError("A reviewer may not edit."));
  const [one, other] = await joined({}, new DocPort(), guarded);
  one.push(one.port.insert("a"));
  const log = await carry(one, other);
  expect(acks(log)).toEqual([PermissionDenied]);
  expect(log.at(-1)).toMatchObject({ code: RoomErrorCode.Evicted });
  expect(other.events.at(-1)).toMatchObject({ kind: "closed", cause: "overstepped" });
  expect(one.events.at(-1)).toMatchObject({ kind: "closed", cause: "refused" });
});

test("who may only read and writes is put out, and nothing is imported", async () => {
  const [, other] = await joined({ admit: () => "read" });
  const answer = await other.receive(update([new DocPort().insert("x")]));
  expect(acks(answer)).toEqual([PermissionDenied]);
  expect(types(answer).at(-1)).toBe(MessageType.RoomError);
  expect(other.port.imports).toBe(0);
});

test("an unknown version means everything", async () => {
  for (const version of [new Uint8Array(), new Uint8Array(1), bytes("\xff\xff nonsense")]) {
    const other = new Side(new DocPort(), "receiver");
    other.port.insert("all of it");
    const [, sent] = await other.receive(joinRequest(version));
    if (sent?.type !== MessageType.DocUpdate) throw new Error("No update came.");
    const copy = new DocPort();
    await copy.importUpdates(sent.updates[0]!);
    expect(copy.content).toBe("all of it");
  }
});

test("what was not acknowledged is counted and arrives after the next join", async () => {
  const [one, other] = await joined();
  one.push(one.port.insert("lost "));
  one.take();
  one.session.disconnected();
  one.push(one.port.insert("offline "));
  expect([one.session.pending, one.sent]).toEqual([2, []]);
  const again = new Side(other.port, "receiver");
  one.session.start();
  await carry(one, again);
  expect(other.port.content).toBe("offline lost ");
  expect(one.session.pending).toBe(0);
});

test("a snapshot is not opened, and who insists is put out", async () => {
  const source = new DocPort();
  source.insert("x");
  const snapshot = source.doc.export({ mode: "snapshot" });
  const [, other] = await joined();
  for (let number = 0; number < 2; number += 1) {
    expect(acks(await other.receive(update([snapshot])))).toEqual([InvalidUpdate]);
  }
  expect(types(await other.receive(update([snapshot])))).toContain(MessageType.RoomError);
  expect(other.port.imports).toBe(0);
});

test("damaged updates are refused and the session goes on", async () => {
  const [one, other] = await joined();
  const whole = one.port.insert("x");
  const damaged = whole.slice();
  damaged[damaged.length - 1]! ^= 0xff;
  expect(acks(await other.receive(update([damaged])))).toEqual([InvalidUpdate]);
  expect(acks(await other.receive(update([whole])))).toEqual([Ok]);
  expect(other.port.content).toBe("x");
});

test("what was good in a batch is told even if the rest was not", async () => {
  const [one, other] = await joined();
  await other.receive(update([one.port.insert("x"), bytes("rubbish")]));
  expect(other.port.content).toBe("x");
  expect(other.events.at(-1)).toMatchObject({ kind: "imported" });
});

test("messages from the wrong side end the session", async () => {
  const [one, other] = await joined();
  expect(types(await one.receive(joinRequest()))).toEqual([MessageType.RoomError]);
  const answer = { permission: "write", version: new Uint8Array() } as const;
  const wrong = await other.receive({ type: MessageType.JoinResponseOk, ...place, ...answer });
  expect(types(wrong)).toEqual([MessageType.RoomError]);
  expect([one.session.state, other.session.state]).toEqual(["closed", "closed"]);
});

test("a suggested rejoin joins again", async () => {
  const [one] = await joined();
  const code = RoomErrorCode.RejoinSuggested;
  const again = await one.receive({ type: MessageType.RoomError, ...place, code, message: "" });
  expect(types(again)).toEqual([MessageType.JoinRequest]);
});

test("who leaves says first what had to wait, also what is being deflated", async () => {
  const introduction = { ...STRANGER, acks: true, features: [DEFLATE] };
  const [one, other] = await joined({ ...limited({ window: 2 }), introduction });
  for (let number = 0; number < 50; number += 1) one.push(one.port.insert(`${number} `));
  one.push(one.port.put("long", "x".repeat(50_000)));
  expect(one.sent.length).toBe(2);
  one.session.leave();
  await carry(one, other);
  expect(other.port.content).toBe(one.port.content);
  expect(other.port.lengths).toEqual({ long: 50_000 });
  expect(one.session.pending).toBeGreaterThan(0);
  expect(other.events.at(-1)).toMatchObject({ reason: "The other peer left the room." });
});

test("leaving tells the other side", async () => {
  const [one, other] = await joined();
  one.session.leave();
  await carry(one, other);
  expect(other.events.at(-1)).toMatchObject({ reason: "The other peer left the room." });
});

test("a peer that sends too fast is put out", async () => {
  const limits = limited({ messagesPerSecond: 10, burst: 20 });
  const [, other] = await joined({ ...limits, clock: new Clock().read });
  for (let number = 0; number < 40; number += 1) other.session.receive(update([]));
  await other.session.settled();
  expect(acks(other.take())).toContain(RateLimited);
  expect(other.events.at(-1)).toMatchObject({ reason: "More than 10 messages a second came." });
});

test("a busy sender keeps to the rate and loses nothing", async () => {
  const clock = new Clock();
  const limits = limited({ messagesPerSecond: 40, burst: 80 });
  const [one, other] = await joined({ ...limits, clock: clock.read });
  for (let number = 0; number < 400; number += 1) {
    one.push(one.port.insert(`${number} `));
    await carry(one, other);
  }
  expect(one.session.pending).toBeGreaterThan(0);
  clock.now += 1;
  one.session.tick();
  await carry(one, other);
  expect(one.session.pending).toBe(0);
  expect(other.port.content).toBe(one.port.content);
});

test.each([
  [8193, 100_000, PayloadTooLarge],
  [2 ** 32 - 1, 2 ** 32 - 1, PayloadTooLarge],
  [1, 64_000_001, PayloadTooLarge],
  [0, 0, InvalidUpdate],
  [5, 4, InvalidUpdate],
])("%d fragments of %d bytes are refused", async (count, size, status) => {
  const [, other] = await joined();
  const answer = await other.receive(header(count, size));
  expect(acks(answer)).toEqual([status]);
  expect(types(answer).includes(MessageType.RoomError)).toBe(status === PayloadTooLarge);
});

test("many announcements together are limited", async () => {
  const [, other] = await joined();
  const ids = ["0x0000000000000001", "0x0000000000000002", "0x0000000000000003"] as const;
  const answers = [];
  for (const id of ids) answers.push(...(await other.receive(header(100, 30_000_000, id))));
  expect(answers[0]).toMatchObject({ refId: ids[2], status: PayloadTooLarge });
});

test.each([
  ["index", [[5, "abcd"]]],
  ["size", [[0, "abcdefgh!"]]],
  [
    "contradiction",
    [
      [0, "abcd"],
      [0, "abce"],
    ],
  ],
  [
    "short",
    [
      [0, "abc"],
      [1, "efgh"],
    ],
  ],
] as [string, [number, string][]][])("fragments with a wrong %s are refused", async (_, parts) => {
  const [, other] = await joined();
  await other.receive(header(2, 8));
  const answers = [];
  for (const [index, text] of parts) {
    answers.push(...(await other.receive(fragment(index, bytes(text)))));
  }
  expect(acks(answers)).toEqual([InvalidUpdate]);
  expect(await other.receive(fragment(1, bytes("efgh")))).toEqual([]);
});

test("a batch that takes too long is dropped and sent again", async () => {
  const clock = new Clock();
  const [one, other] = await joined({ clock: clock.read });
  one.push(one.port.put("big", "x".repeat(50_000)));
  const kept = one.sent.length;
  one.sent.pop();
  await carry(one, other);
  clock.now += 9.9;
  other.session.tick();
  expect(other.sent).toEqual([]);
  clock.now += 0.2;
  other.session.tick();
  expect(acks(other.sent.map(decodeFrame))).toEqual([UpdateStatusCode.FragmentTimeout]);
  const log = await carry(one, other);
  expect(log.length).toBeGreaterThan(kept);
  expect(other.port.lengths).toEqual({ big: 50_000 });
});

test("a document cannot grow beyond its limit", async () => {
  const [one, other] = await joined(limited({ document: 5000 }));
  for (let number = 0; number < 8; number += 1) {
    one.push(one.port.put(String(number), "x".repeat(1000)));
    await carry(one, other);
  }
  expect(other.port.updatesSince(new Uint8Array()).length).toBeLessThan(5000);
  expect([one.session.state, other.session.state]).toEqual(["closed", "closed"]);
});

test("a peer without acks gets everything at once and is not waited for", async () => {
  const other = new Side(new DocPort(), "receiver");
  await other.receive(joinRequest());
  for (let number = 0; number < 100; number += 1) other.push(other.port.insert(String(number)));
  expect(other.sent.length).toBe(100);
  expect(other.session.pending).toBe(0);
});

test("two peers stay equal over random edits, losses and reconnects", async () => {
  let seed = 3;
  const chance = (): number => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return seed / 2 ** 31;
  };
  const [one, first] = await joined();
  let other = first;
  for (let round = 0; round < 200; round += 1) {
    for (const side of [one, other]) {
      const at = Math.floor(chance() * (side.port.content.length + 1));
      if (chance() < 0.6) side.push(side.port.insert(`${round},`, at));
    }
    if (chance() < 0.5) await carry(one, other);
    if (chance() < 0.1) {
      one.take();
      other.take();
      one.session.disconnected();
      other = new Side(other.port, "receiver");
      if (chance() < 0.5) one.push(one.port.insert("offline,"));
      one.session.start();
    }
  }
  await carry(one, other);
  expect(one.port.content).toBe(other.port.content);
  expect([one.session.pending, other.session.pending]).toEqual([0, 0]);
});
