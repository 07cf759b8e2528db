import { PeerPlanError } from "../model/errors";
import type { PairLink } from "./channel";
import { DataChannel } from "./data_channel";
import { DirectLink } from "./direct_link";
import { watchServers } from "./ice_watch";
import { acceptable, bindingOf } from "./sdp";

/** Seconds that a connection may take to open. */
const CONNECT_LIMIT = 12;
/** The channels, and the bytes of each that wait in the browser: little, so that documents do not
 * hold up presence. */
const CHANNELS = { control: 64 * 1024, bulk: 32 * 1024 };
const MAX_CANDIDATES = 64;

type Label = keyof typeof CHANNELS;

/** What is told to the other peer, by whatever way there is. */
export type Negotiation =
  | { type: "offer" | "answer"; sdp: string }
  | { type: "candidate"; candidate: RTCIceCandidateInit | null };

type Description = Extract<Negotiation, { sdp: string }>;

export interface DirectOptions {
  /** Whether this side makes the offer. */
  offers: boolean;
  iceServers?: RTCIceServer[];
  say: (said: Negotiation) => void;
  /** Told what is wrong with the TURN servers, and "" when it is not any more. */
  warn?: (warning: string) => void;
  /** Seconds until it is given up. */
  limit?: number;
  /** Whether people carry the descriptions, so that one side begins long before the other. */
  byHand?: boolean;
}

/** Whether this page can make direct connections at all. */
export function canConnect(): boolean {
  return typeof RTCPeerConnection === "function";
}

/** One try at a direct connection; see `docs/mesh.md`. Never restarted: a new try is a new one. */
export class DirectAttempt {
  /** The link with both channels open; rejects with `unreachable` or `protocol` if there is none. */
  readonly opened: Promise<PairLink>;
  readonly connection: RTCPeerConnection;
  readonly #options: DirectOptions;
  readonly #channels = new Map<Label, DataChannel>();
  readonly #timer: ReturnType<typeof setTimeout>;
  #early: RTCIceCandidateInit[] = [];
  #heard = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #settled = false;
  #open!: (link: PairLink) => void;
  #fail!: (error: PeerPlanError) => void;

  constructor(options: DirectOptions) {
    this.#options = options;
    this.opened = new Promise((resolve, reject) => {
      this.#open = resolve;
      this.#fail = reject;
    });
    this.opened.catch(() => undefined);
    // Given explicitly: without it some libraries ask a public server.
    this.connection = new RTCPeerConnection({ iceServers: options.iceServers ?? [] });
    const late = new PeerPlanError("unreachable", "No direct connection opened in time.");
    this.#timer = setTimeout(() => this.#give(late), (options.limit ?? CONNECT_LIMIT) * 1000);
    this.#listen();
    if (options.offers) this.#work(() => this.#offer());
  }

  /** Takes what the other peer told about this attempt. */
  signal(said: Negotiation): void {
    if (said.type === "candidate") this.#candidate(said.candidate);
    else this.#work(() => this.#described(said));
  }

  /** Gives up; does nothing once the link is open. */
  close(): void {
    this.#give(new PeerPlanError("unreachable", "The attempt was given up."));
  }

  #listen(): void {
    const { connection } = this;
    if (this.#options.warn) watchServers(connection, this.#options.warn);
    connection.ondatachannel = ({ channel }) => this.#offered(channel);
    connection.onicecandidate = ({ candidate }) => {
      // An empty text ends one generation of candidates, null all of them.
      if (candidate?.candidate === "") return;
      this.#options.say({ type: "candidate", candidate: candidate?.toJSON() ?? null });
    };
    connection.addEventListener("connectionstatechange", () => {
      const { byHand, offers } = this.#options;
      // Who answered by hand looks for a path long before the other side knows of it.
      if (connection.connectionState !== "failed" || (byHand && !offers)) return;
      this.#give(new PeerPlanError("unreachable", "No path to the other peer was found."));
    });
  }

  async #offer(): Promise<void> {
    for (const label of ["control", "bulk"] as const) {
      this.#adopt(label, this.connection.createDataChannel(label));
    }
    await this.#describe();
  }

  async #describe(): Promise<void> {
    await this.connection.setLocalDescription();
    const { type, sdp } = this.connection.localDescription!;
    this.#options.say({ type: type as Description["type"], sdp: acceptable(sdp) });
  }

  async #described({ type, sdp }: Description): Promise<void> {
    const expected = this.#options.offers ? "answer" : "offer";
    if (type !== expected || this.connection.remoteDescription) return;
    await this.connection.setRemoteDescription({ type, sdp: acceptable(sdp) });
    if (type === "offer") await this.#describe();
    for (const candidate of this.#early) await this.#add(candidate);
    this.#early = [];
  }

  #candidate(candidate: RTCIceCandidateInit | null): void {
    this.#heard += 1;
    if (!candidate || this.#heard > MAX_CANDIDATES) return;
    this.#work(async () => {
      if (this.connection.remoteDescription) await this.#add(candidate);
      else this.#early.push(candidate);
    });
  }

  /** A candidate that this browser does not understand is one path less, and no failure. */
  async #add(candidate: RTCIceCandidateInit): Promise<void> {
    await this.connection.addIceCandidate(candidate).catch(() => undefined);
  }

  #offered(channel: RTCDataChannel): void {
    const { label, ordered, maxRetransmits, maxPacketLifeTime } = channel;
    const reliable = ordered && maxRetransmits === null && maxPacketLifeTime === null;
    const known = (label === "control" || label === "bulk") && !this.#channels.has(label);
    if (known && reliable) this.#adopt(label, channel);
    else
      this.#give(new PeerPlanError("protocol", "The other peer made a channel of another kind."));
  }

  #adopt(label: Label, channel: RTCDataChannel): void {
    this.#channels.set(label, new DataChannel(channel, CHANNELS[label]));
    const [control, bulk] = [this.#channels.get("control"), this.#channels.get("bulk")];
    if (!control || !bulk) return;
    const opened = Promise.all([control.opened, bulk.opened]);
    void opened.then(() => this.#work(() => this.#link(control, bulk)));
  }

  async #link(control: DataChannel, bulk: DataChannel): Promise<void> {
    const { localDescription, remoteDescription } = this.connection;
    const binding = bindingOf(localDescription!.sdp, remoteDescription!.sdp);
    this.#settled = true;
    clearTimeout(this.#timer);
    const { offers } = this.#options;
    this.#open(new DirectLink(this.connection, control, bulk, binding, offers));
  }

  /** One step after the other: descriptions and candidates have to be taken in their order. */
  #work(step: () => Promise<void>): void {
    this.#turn = this.#turn.then(async () => {
      try {
        if (!this.#settled) await step();
      } catch (error) {
        this.#give(error instanceof PeerPlanError ? error : failed(error));
      }
    });
  }

  #give(error: PeerPlanError): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.connection.close();
    this.#fail(error);
  }
}

function failed(cause: unknown): PeerPlanError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new PeerPlanError("unreachable", `The connection failed: ${message}`, { cause });
}
