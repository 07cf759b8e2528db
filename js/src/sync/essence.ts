import { joined } from "./keys";

/** By their number on the wire. */
const TYPES = ["host", "srflx", "prflx", "relay"] as const;
const SETUPS = ["actpass", "active", "passive"] as const;
/** Kinds of addresses, by their number on the wire, and how many bytes one has. */
const [IPV4, IPV6, MDNS] = [0, 1, 2];
const SIZES = [4, 16, 16];
/** Candidates that are carried: more make a code that no camera reads. */
const MAX_CANDIDATES = 16;
const FINGERPRINT = 32;

const CANDIDATE =
  /^a=candidate:\S+ 1 udp (\d{1,10}) (\S+) (\d{1,5}) typ (host|srflx|prflx|relay)(?: |$)/i;
const ICE_TEXT = /^[A-Za-z0-9+/]{4,255}$/;

/** A path to a peer, as ICE knows it. */
interface Candidate {
  type: number;
  kind: number;
  address: Uint8Array;
  port: number;
  priority: number;
}

/**
 * What only this description says, of all that are for data channels: `setup`, the fingerprint,
 * ICE's names and the candidates: not those by TCP, and no more than a code holds.
 * Throws for a description that is none of these.
 */
export function essenceOf(sdp: string): Uint8Array {
  const value = (name: string) => new RegExp(`^a=${name}:(\\S+)`, "m").exec(sdp)?.[1] ?? "";
  const setup = SETUPS.indexOf(value("setup") as (typeof SETUPS)[number]);
  const print = /^a=fingerprint:sha-256 (\S+)/im.exec(sdp)?.[1]?.split(":") ?? [];
  const names = [value("ice-ufrag"), value("ice-pwd")];
  if (setup < 0 || print.length !== FINGERPRINT || !names.every((name) => ICE_TEXT.test(name)))
    throw new RangeError("A description without what an introduction needs.");
  return joined(
    Uint8Array.of(setup),
    Uint8Array.from(print, (byte) => Number.parseInt(byte, 16)),
    ...names.map((name) => Uint8Array.of(name.length, ...ascii(name))),
    ...candidatesOf(sdp).map(packed),
  );
}

/** A description that says what was packed. Throws for bytes that are none. */
export function describedBy(essence: Uint8Array): string {
  const reader = new Reader(essence);
  const setup = SETUPS[reader.byte()];
  const print = [...reader.take(FINGERPRINT)].map((byte) => hex(byte, 2).toUpperCase());
  const names = [reader.text(), reader.text()];
  if (!setup || !names.every((name) => ICE_TEXT.test(name)))
    throw new RangeError("No description is written like that.");
  const lines = [
    ...["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0"],
    ...["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0"],
    ...candidates(reader).map(line),
    ...[`a=ice-ufrag:${names[0]}`, `a=ice-pwd:${names[1]}`, "a=ice-options:trickle"],
    ...[`a=fingerprint:sha-256 ${print.join(":")}`, `a=setup:${setup}`, "a=mid:0"],
    ...["a=sctp-port:5000", "a=max-message-size:262144"],
  ];
  return lines.map((one) => `${one}\r\n`).join("");
}

function candidatesOf(sdp: string): Candidate[] {
  const found = sdp.split(/\r?\n/).flatMap((one) => {
    const [, priority, address = "", port, type = ""] = CANDIDATE.exec(one) ?? [];
    const known = addressOf(address);
    const index = TYPES.indexOf(type.toLowerCase() as (typeof TYPES)[number]);
    if (!known || Number(port) > 65_535) return [];
    return [{ ...known, type: index, port: Number(port), priority: Number(priority) >>> 0 }];
  });
  // What a server told of this peer has nothing in its place, as one of many own addresses has.
  const worth = ({ type, priority }: Candidate) => (type === 0 ? priority : 2 ** 32);
  return found.sort((one, other) => worth(other) - worth(one)).slice(0, MAX_CANDIDATES);
}

function packed({ type, kind, address, port, priority }: Candidate): Uint8Array {
  const numbers = new DataView(new ArrayBuffer(6));
  numbers.setUint16(0, port);
  numbers.setUint32(2, priority);
  return joined(Uint8Array.of(kind * 4 + type), address, new Uint8Array(numbers.buffer));
}

function candidates(reader: Reader): Candidate[] {
  const found: Candidate[] = [];
  while (reader.remaining > 0) {
    const head = reader.byte();
    const [kind, type] = [head >> 2, head & 3];
    const size = SIZES[kind];
    if (size === undefined || found.length === MAX_CANDIDATES)
      throw new RangeError("No candidate is written like that.");
    const address = reader.take(size);
    found.push({ type, kind, address, port: reader.number(2), priority: reader.number(4) });
  }
  return found;
}

function line({ type, kind, address, port, priority }: Candidate, index: number): string {
  const where = `${priority} ${addressText(kind, address)} ${port} typ ${TYPES[type]}`;
  const related = type === 0 ? "" : " raddr 0.0.0.0 rport 0";
  return `a=candidate:${index + 1} 1 udp ${where}${related}`;
}

function addressOf(text: string): Pick<Candidate, "kind" | "address"> | null {
  const numbers = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (numbers?.every((byte) => byte < 256))
    return { kind: IPV4!, address: Uint8Array.from(numbers) };
  const uuid = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.local$/i.exec(text)?.[1];
  if (uuid) return { kind: MDNS!, address: unhex(uuid.replaceAll("-", "")) };
  const groups = text.includes(":") ? eightGroups(text) : null;
  if (!groups?.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  return { kind: IPV6!, address: unhex(groups.map((group) => group.padStart(4, "0")).join("")) };
}

/** The groups of an IPv6 address, with those that `::` stands for. */
function eightGroups(text: string): string[] | null {
  const [first = [], last, ...more] = text.split("::").map((part) => (part ? part.split(":") : []));
  const zeros = 8 - first.length - (last?.length ?? 0);
  if (more.length > 0 || zeros < 0 || (!last && zeros > 0)) return null;
  return [...first, ...Array<string>(zeros).fill("0"), ...(last ?? [])];
}

function addressText(kind: number, address: Uint8Array): string {
  if (kind === IPV4) return address.join(".");
  const digits = [...address].map((byte) => hex(byte, 2)).join("");
  if (kind === MDNS)
    return `${digits.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5")}.local`;
  return digits
    .match(/.{4}/g)!
    .map((group) => hex(Number.parseInt(group, 16), 1))
    .join(":");
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

function unhex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g)!, (byte) => Number.parseInt(byte, 16));
}

function ascii(text: string): number[] {
  return [...text].map((char) => char.charCodeAt(0));
}

/** Throws where there is less than what is taken. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  take(size: number): Uint8Array {
    if (size > this.remaining) throw new RangeError("Something is missing at the end.");
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  number(size: number): number {
    return this.take(size).reduce((value, byte) => value * 256 + byte, 0);
  }

  text(): string {
    return String.fromCharCode(...this.take(this.byte()));
  }
}
