// @vitest-environment node
import { expect, test } from "vitest";
import { Early } from "../../src/sync/early";
import { UpdateStatusCode } from "../../src/sync/frames";
import { UnreadyError } from "../../src/sync/ports";
import { acks, Clock, carry, DocPort, joined } from "./pairs";

const { Ok, RateLimited } = UpdateStatusCode;
const MOST = 4_000_000;
const version = (number: number) => Uint8Array.of(number >> 8, number & 255);

test("a change that comes long before what it depends on is not lost", async () => {
  const early = new DocPort();
  early.importUpdates = () => Promise.reject(new UnreadyError());
  const clock = new Clock();
  const [one, other] = await joined({ clock: clock.read }, new DocPort(), early);
  one.push(one.port.insert("a"));
  for (let minute = 0; minute < 30; minute += 1) {
    expect(acks(await carry(one, other))).toEqual([RateLimited]);
    clock.now += 60;
    one.session.tick();
  }
  early.importUpdates = DocPort.prototype.importUpdates;
  expect(acks(await carry(one, other))).toEqual([Ok]);
  expect([one.session.pending, early.content]).toEqual([0, "a"]);
});

test("what comes too early is kept up to some bytes and batches, and goes in its order", () => {
  const early = new Early(new Clock().read);
  early.keep("0x1", [new Uint8Array(MOST - 8)], version(0));
  early.keep("0x2", [new Uint8Array(9)], version(0));
  for (let number = 3; number < 20; number += 1)
    early.keep(`0x${number}`, [Uint8Array.of(1)], version(0));
  expect(early.due(() => version(0))).toBeNull();
  const kept: string[] = [];
  for (let due = early.due(() => version(1)); due; due = early.due(() => version(1))) {
    kept.push(due[0]);
    early.drop(due[0]);
  }
  expect(kept).toEqual(["0x1", "0x3", "0x4", "0x5", "0x6", "0x7", "0x8", "0x9"]);
});

test("what is tried in vain is tried seldom, and at once after some of it fit", () => {
  const clock = new Clock();
  const early = new Early(clock.read);
  const both = [Uint8Array.of(1), Uint8Array.of(2)];
  let tries = 0;
  early.keep("0x1", both, version(0));
  for (let number = 1; number < 6000; number += 1) {
    clock.now += 0.01;
    if (!early.due(() => version(number))) continue;
    tries += 1;
    early.keep("0x1", both, version(number));
  }
  expect(tries).toBeGreaterThan(5);
  expect(tries).toBeLessThan(20);
  early.keep("0x1", both.slice(1), version(6000));
  expect(early.due(() => version(6000))).toBeNull();
  expect(early.due(() => version(6001))).toEqual(["0x1", both.slice(1)]);
});
