import { PeerPlanError } from "../model/errors";
import { b64u, random } from "./keys";
import type { Meeting, MeetingEvents, MeetingState } from "./meeting";
import { RoomSocket } from "./room_socket";

/** Milliseconds. */
const FIRST_PAUSE = 300;
const LONGEST_PAUSE = 30_000;
const ANSWER = 5000;
const JOIN_AGAIN = 25_000;
const STEADY = 10_000;
const LOOK_BACK = 60_000;

/**
 * This peer's place in a room at the first of its servers that can be reached, kept through
 * reconnects. It moves on when a server stops, and looks back for an earlier one now and then,
 * since peers at different servers do not meet. A server that speaks y-webrtc only will do,
 * without relaying.
 */
export class RoomClient implements Meeting {
  readonly path = "relay";
  iceServers: RTCIceServer[] = [];
  state: MeetingState;
  readonly #servers: readonly string[];
  readonly #room: string;
  readonly #me: string;
  readonly #secret = b64u(random(16));
  #events: MeetingEvents | null = null;
  #socket: RoomSocket | null = null;
  #index = 0;
  #failures = 0;
  #since = 0;
  #timers: ReturnType<typeof setTimeout>[] = [];
  #pausing = false;

  constructor(servers: readonly string[], room: string, me: string) {
    this.#servers = servers;
    this.#room = room;
    this.#me = me;
    this.state = { state: "connecting", relays: false, server: servers[0] ?? "", detail: "" };
  }

  open(events: MeetingEvents): void {
    this.#events = events;
    globalThis.addEventListener?.("online", this.#online);
    this.#connect();
  }

  publish(data: string, to: string | null): boolean {
    if (this.state.state !== "live") return false;
    this.#socket?.publish(data, to);
    return true;
  }

  async sendFrame(to: string, payload: Uint8Array): Promise<void> {
    if (!this.#socket || !this.state.relays) {
      throw new PeerPlanError("unreachable", "No room server relays for this peer now.");
    }
    await this.#socket.sendFrame(to, payload);
  }

  retryNow(): void {
    if (this.#pausing) this.#connect();
    // A socket that a sleeping machine lost looks open for a long time.
    else if (this.state.state === "live") this.#socket?.ask(ANSWER);
  }

  close(): void {
    this.#events = null;
    globalThis.removeEventListener?.("online", this.#online);
    this.#clear();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close("This peer left.");
  }

  #online = (): void => this.retryNow();

  #connect(): void {
    const server = this.#servers[this.#index];
    if (!server || !this.#events) return;
    this.#clear();
    this.#since = performance.now();
    this.#move({ state: "connecting", relays: false, server });
    try {
      const socket = this.#dial(server);
      this.#socket = socket;
      this.#later(ANSWER, () => this.#unanswered(socket));
    } catch {
      // Pages that came over https may not use ws://, and are told so by an exception.
      this.#ended(`This page may not connect to ${server}.`, false);
    }
  }

  #dial(server: string): RoomSocket {
    const socket: RoomSocket = new RoomSocket(server, this.#room, this.#me, this.#secret, {
      signal: (data) => this.#events?.signal(data),
      frame: (from, payload) => this.#events?.frame(from, payload),
      gone: (peer) => this.#events?.gone(peer),
      joined: (iceServers) => this.#joined(iceServers),
      ended: (detail, drained) => {
        if (this.#socket === socket) this.#ended(detail, drained);
      },
    });
    return socket;
  }

  #joined(iceServers: RTCIceServer[]): void {
    this.iceServers = iceServers;
    this.#move({ state: "live", relays: true, detail: "" });
    if (this.#index > 0) this.#later(LOOK_BACK, () => this.#lookBack());
  }

  /**
   * A server that does not know `join` has no answer to it, and an answer may be lost: it is asked
   * again. One that is not open does not count.
   */
  #unanswered(socket: RoomSocket): void {
    if (this.state.relays) return;
    if (!socket.open) {
      socket.close("The room server does not answer.");
      return;
    }
    if (this.state.state === "connecting") this.#move({ state: "live", relays: false, detail: "" });
    else socket.join();
    this.#later(JOIN_AGAIN, () => this.#unanswered(socket));
  }

  /** Leaves for an earlier server as soon as one is there. */
  #lookBack(): void {
    const [first] = this.#servers;
    const probe = new WebSocket(first!);
    probe.onopen = () => {
      probe.close();
      if (!this.#events) return;
      this.#index = -1;
      this.#socket?.close("An earlier server is there again.");
    };
    probe.onerror = () => this.#later(LOOK_BACK, () => this.#lookBack());
  }

  #ended(detail: string, drained: boolean): void {
    const lasted = this.state.state === "live" && performance.now() - this.#since > STEADY;
    this.#socket = null;
    this.#clear();
    this.#move({ state: "offline", relays: false, detail });
    const back = this.#index < 0 || (lasted && !drained);
    this.#failures = back ? 0 : this.#failures + 1;
    this.#index = back ? 0 : (this.#index + 1) % this.#servers.length;
    const round = Math.ceil(this.#failures / this.#servers.length);
    const rest = this.#index === 0 && round > 0 ? pause(round) : 0;
    this.#pausing = true;
    this.#later(rest, () => this.#connect());
  }

  #move(change: Partial<MeetingState>): void {
    this.#pausing = false;
    this.state = { ...this.state, ...change };
    this.#events?.moved();
  }

  #later(milliseconds: number, action: () => void): void {
    this.#timers.push(setTimeout(action, milliseconds));
  }

  #clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
    this.#pausing = false;
  }
}

/** Doubling, and each shortened by chance so that clients spread. */
function pause(round: number): number {
  const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(round - 1, 30));
  return longest * (0.5 + Math.random() / 2);
}
