import { applyToPlan } from "../src/model/changes";
import { predict } from "../src/model/predict";
import type { ChangeSet, Live, SentOperation, View, WireError } from "../src/model/view";
import type { Channel, ChannelEvents, Message } from "../src/session/channel";
import type { Invitation, WantedInvitation } from "../src/session/session";
import { link } from "./sample_room";

export interface HostOptions {
  /** Milliseconds before an answer; 0 answers in the next microtask. */
  delay?: number;
  files?: Record<string, { mediaType: string; bytes: Uint8Array }>;
  /** Tells the plan without its annotations first, and the rest when `rest` is called. */
  beginning?: boolean;
  /** Refuses operations: returns why. */
  refuse?: (operation: SentOperation) => WireError | null;
  invitations?: Invitation[];
}

/** A host inside the page that keeps a plan and behaves as the real ones do. */
export class MemoryHost implements Channel {
  view: View;
  readonly applied = new Set<string>();
  readonly received: Message[] = [];
  invitations: Invitation[];
  /** Why nothing that concerns invitations is done. */
  refuseSharing: WireError | null = null;
  /** See `HostOptions.beginning`. */
  rest: () => void = () => undefined;
  readonly #options: HostOptions;
  #events: ChannelEvents | null = null;
  #up = false;

  constructor(view: View, options: HostOptions = {}) {
    this.view = view;
    this.#options = options;
    this.invitations = options.invitations ?? [];
  }

  start(events: ChannelEvents): void {
    this.#events = events;
    this.connect();
  }

  connect(): void {
    this.#up = true;
    this.#events?.up();
  }

  /** As if the network were gone: answers under way are lost. */
  disconnect(): void {
    this.#up = false;
    this.#events?.down("The server does not answer.");
  }

  close(): void {
    this.#events = null;
  }

  send(message: Message): void {
    if (!this.#up) return;
    this.received.push(message);
    this.#later(() => this.#handle(message));
  }

  tell(message: Message, buffers: DataView[] = []): void {
    if (this.#up) this.#events?.message(message, buffers);
  }

  /** Changes the plan as another peer would. */
  change(change: Omit<ChangeSet, "seq">): number {
    const seq = this.view.seq + 1;
    this.view = { ...this.view, seq, plan: applyToPlan(this.view.plan, change) };
    this.tell({ kind: "change", change: { seq, ...change } });
    return seq;
  }

  live(change: Partial<Live>): void {
    this.view = { ...this.view, live: { ...this.view.live, ...change } };
    this.tell({ kind: "live", live: this.view.live });
  }

  #later(run: () => void): void {
    if (this.#options.delay) setTimeout(run, this.#options.delay);
    else queueMicrotask(run);
  }

  #handle(message: Message): void {
    const { re } = message;
    if (message.kind === "open") this.#open(re);
    else if (message.kind === "submit") this.#submit(message);
    else if (message.kind === "artifact") this.#artifact(message);
    else if (message.kind === "publish") this.tell({ kind: "accepted", re, seq: this.view.seq });
    else if (message.kind.startsWith("invit") || message.kind === "revoke") this.#share(message);
  }

  #open(re: number | undefined): void {
    const whole = () => this.tell({ kind: "view", re, view: this.view });
    const plan = { ...this.view.plan, annotations: [] };
    if (this.#options.beginning) {
      this.tell({ kind: "beginning", view: { ...this.view, plan } });
      this.rest = whole;
    } else whole();
  }

  #share({ kind, re, invitation, ...wanted }: Message): void {
    const error = this.refuseSharing;
    if (error) this.tell({ kind: "error", re, error });
    else if (kind === "invitations") this.tell({ kind, re, invitations: this.invitations });
    else if (kind === "revoke") {
      this.invitations = this.invitations.map((one) =>
        one.id === invitation ? { ...one, state: "revoked" } : one,
      );
      this.tell({ kind: "accepted", re });
    } else this.#invite(re, wanted as unknown as WantedInvitation);
  }

  #invite(re: number | undefined, { role, seconds, note }: WantedInvitation): void {
    const at = Math.floor(Date.now() / 1000);
    const expires = seconds === null ? 0 : at + seconds;
    const id = `did:key:zInvited${this.invitations.length}`;
    const made: Invitation = {
      id,
      role,
      expires,
      at,
      note,
      state: "open",
      url: link(role, expires),
    };
    this.invitations = [made, ...this.invitations];
    this.tell({ kind: "invitation", re, invitation: made });
  }

  #submit({ re, operation }: Message): void {
    const sent = operation as SentOperation;
    const error = this.#options.refuse?.(sent);
    if (error) {
      this.tell({ kind: "error", re, error });
      return;
    }
    const fresh = !this.applied.has(sent.id);
    this.applied.add(sent.id);
    if (fresh) this.change(predict(this.view.plan, sent, this.view.live.me));
    this.tell({ kind: "accepted", re, seq: this.view.seq });
  }

  #artifact({ re, artifactId }: Message): void {
    const file = this.#options.files?.[String(artifactId)];
    const missing = { code: "not_found", message: "The file is not here.", hint: "Fetch it." };
    if (!file) this.tell({ kind: "error", re, error: missing });
    else {
      const bytes = new DataView(file.bytes.buffer as ArrayBuffer);
      this.tell({ kind: "artifact", re, mediaType: file.mediaType }, [bytes]);
    }
  }
}
