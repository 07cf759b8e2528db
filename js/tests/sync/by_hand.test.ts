// @vitest-environment node
import { generate } from "lean-qr";
import { expect, test } from "vitest";
import { PeerPlanError } from "../../src/model/errors";
import { newId } from "../../src/model/ids";
import { handText, readHandText } from "../../src/sync/hand_text";
import { random } from "../../src/sync/keys";
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

test("a text that is carried says all that the other browser has to know", () => {
  const whole = described([
    `${HOST} generation 0 network-id 1 network-cost 999`,
    `${SEEN} generation 0`,
    "3 1 udp 2122262783 2001:db8::8:800:200c:417a 50000 typ host generation 0",
    "4 1 UDP 16777215 198.51.100.4 3479 typ relay raddr 203.0.113.9 rport 61000",
  ]);
  const { said, read } = carried(whole);
  expect([read.from, read.attempt, read.type]).toEqual([said.from, said.attempt, "offer"]);
  expect(acceptable(read.sdp)).toBe(read.sdp);
  const other = described([], "active").replace(":07:", ":77:");
  expect(bindingOf(read.sdp, other)).toEqual(bindingOf(whole, other));
  expect(read.sdp).toMatch(/a=ice-ufrag:4ZcD\r\na=ice-pwd:2\/1muCWoOi3uLifh0NuRHlGs\r\n/);
  expect(candidatesIn(read.sdp)).toEqual([
    "1 udp 1677729535 203.0.113.9 61000 typ srflx raddr 0.0.0.0 rport 0",
    "1 udp 16777215 198.51.100.4 3479 typ relay raddr 0.0.0.0 rport 0",
    "1 udp 2122262783 2001:db8:0:0:8:800:200c:417a 50000 typ host",
    "1 udp 2113937151 2b9f1ad8-7d0c-4f43-9c8d-3f8b8b1b5d11.local 54321 typ host",
  ]);
});

test("paths that are of no use to the other browser stay here", () => {
  const { read } = carried(
    described([
      "1 1 tcp 1518280447 192.0.2.7 9 typ host tcptype active generation 0",
      "2 1 udp 2122260223 1:2:3 5 typ host",
      "3 1 udp 2122260223 a.name 5 typ host",
      "4 1 udp 2122260223 300.1.1.1 5 typ host",
      "5 1 udp 2122260223 192.0.2.7 70000 typ host",
      "6 1 udp 2122260223 192.0.2.7 5 typ host",
    ]),
  );
  expect(candidatesIn(read.sdp)).toEqual(["1 udp 2122260223 192.0.2.7 5 typ host"]);
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

test.each(["active", "passive"])("an answer of a side that is %s says so", (setup) => {
  const { read } = carried(described([HOST], setup), "answer");
  expect(read.type).toBe("answer");
  expect(read.sdp).toContain(`a=setup:${setup}\r\n`);
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
