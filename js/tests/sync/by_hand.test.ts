// @vitest-environment node
import { generate } from "lean-qr";
import { expect, test } from "vitest";
import vectors from "../../../tests/vectors/by_hand.json";
import { PeerPlanError } from "../../src/model/errors";
import { newId } from "../../src/model/ids";
import { essenceOf } from "../../src/sync/essence";
import { handText, readHandText } from "../../src/sync/hand_text";
import { random, unb64u } from "../../src/sync/keys";
import { acceptable, bindingOf } from "../../src/sync/sdp";

const PRINT = Array.from({ length: 32 }, (_, index) => (index * 7).toString(16).padStart(2, "0"));

/** A description as Chromium writes it, cut to the lines that differ between browsers. */
function described(candidates: string[], setup = "actpass"): string {
  const lines = [
    ...["v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0"],
    ...["a=group:BUNDLE 0", "a=extmap-allow-mixed", "a=msid-semantic: WMS"],
    ...["m=application 54321 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 192.0.2.7"],
    ...candidates.map((one) => `a=candidate:${one}`),
    ...["a=ice-ufrag:4ZcD", "a=ice-pwd:2/1muCWoOi3uLifh0NuRHlGs", "a=ice-options:trickle"],
    ...[`a=fingerprint:sha-256 ${PRINT.join(":").toUpperCase()}`, `a=setup:${setup}`],
    ...["a=mid:0", "a=sctp-port:5000", "a=max-message-size:262144"],
  ];
  return `${lines.join("\r\n")}\r\n`;
}

const HOST = "1 1 udp 2113937151 2b9f1ad8-7d0c-4f43-9c8d-3f8b8b1b5d11.local 54321 typ host";
const SEEN = "842 1 udp 1677729535 203.0.113.9 61000 typ srflx raddr 192.0.2.7 rport 54321";
const V6 = "3 1 udp 2122262783 2001:db8::8:800:200c:417a 50000 typ host generation 0";
const keys = { room: "room", signalKey: random(32) };

function carried(sdp: string, type: "offer" | "answer" = "offer") {
  const said = { type, from: newId(), attempt: newId(), sdp };
  const text = handText(said, keys);
  return { said, text, read: readHandText(text, type, keys) };
}

function candidatesIn(sdp: string): string[] {
  return [...sdp.matchAll(/^a=candidate:\S+ (.+)$/gm)].map(([, rest]) => rest!.trim());
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof PeerPlanError) return error.message;
    throw error;
  }
  throw new Error("It was not refused.");
}

test.each(vectors.texts)(
  "what is carried is read and written alike in all languages: $name",
  (told) => {
    const essence = Uint8Array.from(told.essence.match(/../g)!, (byte) =>
      Number.parseInt(byte, 16),
    );
    expect(essenceOf(told.sdp)).toEqual(essence);
    const given = { room: vectors.room, signalKey: unb64u(vectors.key, 32) };
    const { sdp, ...said } = readHandText(told.text, told.type as "offer" | "answer", given);
    expect(said).toEqual({ type: told.type, from: told.from, attempt: told.attempt });
    expect(essenceOf(sdp)).toEqual(essence);
    expect(acceptable(sdp)).toBe(sdp);
    const other = described([]);
    expect(bindingOf(sdp, other)).toEqual(bindingOf(told.sdp, other));
  },
);

test("the description that comes of it has what the first one had", () => {
  const { read } = carried(described([SEEN, V6, HOST], "active"), "answer");
  expect(read.sdp).toMatch(/a=ice-ufrag:4ZcD\r\na=ice-pwd:2\/1muCWoOi3uLifh0NuRHlGs\r\n/);
  expect(read.sdp).toContain("a=setup:active\r\n");
  expect(candidatesIn(read.sdp)).toEqual([
    "1 udp 1677729535 203.0.113.9 61000 typ srflx raddr 0.0.0.0 rport 0",
    "1 udp 2122262783 2001:db8:0:0:8:800:200c:417a 50000 typ host",
    "1 udp 2113937151 2b9f1ad8-7d0c-4f43-9c8d-3f8b8b1b5d11.local 54321 typ host",
  ]);
});

test("the code of a text is one that a camera reads, however many addresses a machine has", () => {
  const size = (text: string) => generate(text).size;
  expect(size(carried(described([HOST])).text)).toBeLessThanOrEqual(53);
  expect(size(carried(described([HOST, HOST, SEEN]), "offer").text)).toBeLessThanOrEqual(61);
  const many = Array.from({ length: 40 }, (_, index) =>
    HOST.replace("2113937151", `${2113937151 + index}`),
  );
  const { text, read } = carried(described([...many, SEEN]));
  expect(size(text)).toBeLessThanOrEqual(89);
  expect(text).toMatch(/^[A-Z2-7]+$/);
  expect(candidatesIn(read.sdp)).toHaveLength(16);
  expect(read.sdp).toContain("typ srflx");
});

test("a text may be broken into lines and written small on its way", () => {
  const { text, read } = carried(described([HOST]));
  const broken = text.toLowerCase().replace(/.{40}/g, "$&\n ");
  expect(readHandText(broken, "offer", keys)).toEqual(read);
});

test("a text that was cut or changed, is of another room, or not the one that is due is refused", () => {
  const { text } = carried(described([HOST]));
  const answer = carried(described([HOST], "active"), "answer").text;
  const read = (given: string, room = "room") =>
    refusal(() => readHandText(given, "offer", { ...keys, room }));
  const none = "This text is not an introduction into this plan, or not all of it.";
  expect(read(text.slice(0, -8))).toBe(none);
  expect(read(text.replace(/^./, (first) => (first === "A" ? "B" : "A")))).toBe(none);
  expect(read(text, "another")).toBe(none);
  expect(read("https://example.org/")).toBe(none);
  expect(read("A".repeat(2001))).toBe("The text is too long to be an introduction.");
  expect(read(answer)).toBe("This is not the first text of an introduction.");
});
