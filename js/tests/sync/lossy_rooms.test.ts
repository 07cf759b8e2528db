// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { chance, LossyRooms } from "./lossy_rooms";
import { Household } from "./members";
import "./pairs";

/** Pages lost each other for two minutes by some of these, before both asked again. */
const SEEDS = [1, 5, 8, 17, 18, 23];
const RELAYED = { direct: false, local: false };
const WRITES = 25;

let rooms: LossyRooms;

beforeEach(() => {
  rooms = new LossyRooms();
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", rooms.WebSocket);
});

afterEach(() => {
  vi.useRealTimers();
});

/** Lets time pass until something holds; how many seconds that took. */
async function passed(holds: () => boolean, most: number): Promise<number> {
  const began = performance.now();
  while (!holds() && performance.now() - began < most * 1000) {
    await vi.advanceTimersByTimeAsync(10);
  }
  return (performance.now() - began) / 1000;
}

async function left(home: Household): Promise<void> {
  const closed = home.close();
  await vi.advanceTimersByTimeAsync(3000);
  await closed;
}

test.each(SEEDS)("relayed pages are equal soon after a server lost much: %i", async (seed) => {
  const random = chance(seed);
  const home = new Household(["ws://room.test/"]);
  const ada = home.enter("Ada", "owner", RELAYED);
  await vi.advanceTimersByTimeAsync(10);
  const bob = home.enter("Bob", "reviewer", RELAYED);
  await passed(() => ada.mesh.connection.peers + bob.mesh.connection.peers === 2, 20);
  rooms.loses = () => random() < 0.3;
  for (let number = 0; number < WRITES; number += 1) {
    ada.replica.put(`ada ${number}`, "x");
    bob.replica.put(`bob ${number}`, "x");
    await vi.advanceTimersByTimeAsync(40);
  }
  rooms.loses = () => false;
  const equal = () =>
    [ada, bob].every(({ replica }) => Object.keys(replica.values).length === 2 * WRITES);
  const seconds = await passed(equal, 150);
  expect(seconds).toBeLessThan(30);
  await left(home);
});

test("who is heard of by an owner only stays in sight", async () => {
  const home = new Household(["ws://room.test/"]);
  const olga = home.enter("Olga", "owner", RELAYED);
  const [rita, tom] = [
    home.enter("Rita", "reviewer", RELAYED),
    home.enter("Tom", "reviewer", RELAYED),
  ];
  rooms.loses = (from, to) => from !== olga.mesh.me && to !== olga.mesh.me;
  const seen = () => [rita, tom].every(({ mesh }) => Object.keys(mesh.present).length === 3);
  await passed(seen, 20);
  for (let second = 0; second < 90; second += 1) {
    expect(rita.mesh.present).toHaveProperty(tom.mesh.me);
    expect(rita.mesh.members.map(({ peer }) => peer)).toEqual([olga.mesh.me]);
    await vi.advanceTimersByTimeAsync(1000);
  }
  await left(home);
});
