import type { PairLink, Path } from "./channel";
import type { DataChannel } from "./data_channel";

/** Milliseconds that what waits to be sent has before the connection is closed. */
const LAST_WORDS = 1000;

/** Two open data channels of one connection. */
export class DirectLink implements PairLink {
  readonly closed: Promise<string>;
  readonly #connection: RTCPeerConnection;
  #path: Path = "direct";
  #ended = false;
  #end!: (reason: string) => void;

  constructor(
    connection: RTCPeerConnection,
    readonly control: DataChannel,
    readonly bulk: DataChannel,
    readonly binding: Uint8Array,
    readonly offered: boolean,
  ) {
    this.#connection = connection;
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
    bulk.first = control;
    const closed = () => this.close("The other peer closed the link.");
    void control.closed.then(closed);
    // It may be empty while there is something in the other, which is still read.
    void bulk.closed.then(() => setTimeout(closed, LAST_WORDS));
    // `disconnected` is not the end: browsers come back from outages of half a minute by themselves.
    connection.addEventListener("connectionstatechange", () => {
      if (connection.connectionState === "failed") this.close("The direct connection broke.");
    });
    this.#watchPath();
  }

  get path(): Path {
    return this.#path;
  }

  close(reason = "This peer closed the link."): void {
    if (this.#ended) return;
    this.#ended = true;
    const close = () => {
      this.#connection.close();
      this.control.close();
      this.bulk.close();
      this.#end(reason);
    };
    if (this.control.empty || this.#connection.connectionState !== "connected") close();
    else void this.#said().then(close);
  }

  /** Resolves when nothing waits to be sent any more, or time is up. */
  async #said(): Promise<void> {
    const until = performance.now() + LAST_WORDS;
    while (!this.control.empty && performance.now() < until) await pause(20);
    await pause(20);
  }

  #watchPath(): void {
    const look = () => {
      void pathOf(this.#connection).then((path) => {
        this.#path = path;
      });
    };
    look();
    const ice = this.#connection.sctp?.transport.iceTransport;
    if (ice) ice.onselectedcandidatepairchange = look;
  }
}

async function pathOf(connection: RTCPeerConnection): Promise<Path> {
  const stats = new Map<string, Record<string, unknown>>();
  (await connection.getStats()).forEach((one, id) => {
    stats.set(id, one);
  });
  const all = [...stats.values()];
  const chosen = all.find((one) => one.type === "transport")?.selectedCandidatePairId;
  const pair =
    stats.get(String(chosen)) ??
    all.find((one) => one.type === "candidate-pair" && one.nominated && one.state === "succeeded");
  const ends = [pair?.localCandidateId, pair?.remoteCandidateId].map((id) => stats.get(String(id)));
  return ends.some((end) => end?.candidateType === "relay") ? "turn" : "direct";
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
