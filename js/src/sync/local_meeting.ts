import { PeerPlanError } from "../model/errors";
import type { Meeting, MeetingEvents, MeetingState } from "./meeting";

/** What pages of one browser say to each other. Any page of the origin may say anything here. */
interface Said {
  to: string | null;
  from: string;
  /** A sealed signal or a relayed frame. */
  data: string | Uint8Array;
}

/** The pages of this browser that are in the room, over a BroadcastChannel. */
export class LocalMeeting implements Meeting {
  readonly path = "local";
  readonly iceServers: RTCIceServer[] = [];
  state: MeetingState = { state: "connecting", relays: false, server: "", detail: "" };
  readonly #me: string;
  readonly #name: string;
  #channel: BroadcastChannel | null = null;

  constructor(room: string, me: string) {
    this.#name = `peerplan:${room}`;
    this.#me = me;
  }

  open(events: MeetingEvents): void {
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (!isSaid(data) || data.from === this.#me) return;
      if (data.to !== null && data.to !== this.#me) return;
      if (typeof data.data === "string") events.signal(data.data);
      else if (data.to) events.frame(data.from, data.data);
    };
    this.state = { ...this.state, state: "live", relays: true };
    events.moved();
  }

  publish(data: string, to: string | null): boolean {
    this.#say({ to, from: this.#me, data });
    return this.#channel !== null;
  }

  async sendFrame(to: string, payload: Uint8Array): Promise<void> {
    if (!this.#channel) throw new PeerPlanError("unreachable", "The page left the room.");
    this.#say({ to, from: this.#me, data: payload });
  }

  retryNow(): void {}

  close(): void {
    this.#channel?.close();
    this.#channel = null;
    this.state = { ...this.state, state: "offline", relays: false };
  }

  #say(said: Said): void {
    this.#channel?.postMessage(said);
  }
}

function isSaid(value: unknown): value is Said {
  if (typeof value !== "object" || value === null) return false;
  const { to, from, data } = value as Partial<Said>;
  const addressed = to === null || typeof to === "string";
  const carried = typeof data === "string" || data instanceof Uint8Array;
  return addressed && typeof from === "string" && carried;
}
