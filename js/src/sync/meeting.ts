import type { Path } from "./channel";

/**
 * Where the peers of a room find each other before they are linked: a room server, or the browser
 * for its own pages. It carries what is sealed and opens nothing.
 */
export interface Meeting {
  /** How frames travel that are relayed here. */
  readonly path: Extract<Path, "relay" | "local">;
  readonly state: MeetingState;
  readonly iceServers: RTCIceServer[];
  /** Begins; what happens is told to `events`. */
  open(events: MeetingEvents): void;
  /** Sends a sealed signal to everybody, or to one peer; false while not live, when it is lost. */
  publish(data: string, to: string | null): boolean;
  /**
   * Relays a frame to a peer, after all that was sent before; resolves when there is room for the
   * next. Rejects with `unreachable` while nothing is relayed. That it arrives is not promised.
   */
  sendFrame(to: string, payload: Uint8Array): Promise<void>;
  /** Cuts a pause between attempts short, as when the network is back, or asks whether it is live. */
  retryNow(): void;
  close(): void;
}

export interface MeetingEvents {
  /** A signal; anybody may have made it. */
  signal(data: string): void;
  frame(from: string, payload: Uint8Array): void;
  /** Nobody is reached under that id any more. */
  gone(peer: string): void;
  /** `state` is another. */
  moved(): void;
}

export interface MeetingState {
  state: "connecting" | "live" | "offline";
  /** Whether frames are relayed and peers reached by their ids. */
  relays: boolean;
  /** Which server it is about; empty for pages of one browser. */
  server: string;
  /** Why it is not live. */
  detail: string;
}
