import { newId } from "../model/ids";
import type { ChangeSet, Draft, Live, SentOperation, View, WireError } from "../model/view";
import type { Channel, Message } from "./channel";
import { Outbox } from "./outbox";
import {
  type ArtifactContent,
  type Invitation,
  type Session,
  SessionError,
  type SessionState,
  type Sharing,
} from "./session";
import { ViewStore } from "./store";

/** How long an answer may take before the connection is said to be silent, in milliseconds. */
const PATIENCE = 12_000;

export interface MessageSessionOptions {
  /** Under which name unanswered operations outlive a reload; none keeps them in memory only. */
  outbox?: string;
  patience?: number;
}

type Answer = (message: Message, buffers: DataView[]) => void;

/** The code for what another host is asked now: the channel has gone over to it. */
const MOVED = "moved";

/** A session over JSON messages; the same for the widget's comm and the server's WebSocket. */
export class MessageSession implements Session {
  readonly sharing: Sharing = {
    invitations: async () =>
      (await this.#answer({ kind: "invitations" })).invitations as Invitation[],
    invite: async (wanted) =>
      (await this.#answer({ kind: "invite", ...wanted })).invitation as Invitation,
    revoke: async (id) => void (await this.#answer({ kind: "revoke", invitation: id })),
  };
  readonly #channel: Channel;
  readonly #options: MessageSessionOptions;
  readonly #store = new ViewStore();
  readonly #outbox: Outbox | null;
  readonly #answers = new Map<number, Answer>();
  /** Those of the answers that somebody awaits. */
  readonly #requests = new Set<number>();
  readonly #artifacts = new Map<string, Promise<ArtifactContent>>();
  readonly #seen = new Set<string>();
  /** What was read while nobody could be told. */
  #untold: string[] = [];
  #focus: string | null = null;
  #re = 0;
  #up = false;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(channel: Channel, options: MessageSessionOptions = {}) {
    this.#channel = channel;
    this.#options = options;
    this.#outbox = options.outbox ? new Outbox(options.outbox) : null;
    for (const operation of this.#outbox?.load() ?? []) this.#store.add(operation);
    this.#channel.start({
      up: () => this.#opened(),
      message: (message, buffers) => this.#receive(message, buffers),
      down: (detail) => this.#lost(detail),
    });
  }

  getState = (): SessionState => this.#store.getState();

  subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);

  submit(draft: Draft): string {
    const operation = { ...draft, id: newId(), at: Math.floor(Date.now() / 1000) } as SentOperation;
    this.#add(operation);
    return operation.id;
  }

  retry(operationId: string): void {
    const operation = this.#store.takeFailure(operationId);
    if (operation) this.#add(operation);
  }

  discard(operationId: string): void {
    this.#store.takeFailure(operationId);
  }

  artifact(id: string): Promise<ArtifactContent> {
    const url = this.#channel.artifactUrl?.(id);
    if (url) return Promise.resolve({ url, mediaType: "" });
    const asked = this.#artifacts.get(id) ?? this.#fetchArtifact(id);
    this.#artifacts.set(id, asked);
    asked.catch(() => this.#artifacts.delete(id));
    return asked.catch(ifMoved(() => this.artifact(id)));
  }

  async publish(): Promise<void> {
    await this.#answer({ kind: "publish" });
  }

  presence(focus: string | null): void {
    this.#focus = focus;
    if (this.#up) this.#channel.send({ kind: "presence", focus });
  }

  seen(items: string[]): void {
    const fresh = items.filter((item) => !this.#seen.has(item));
    if (fresh.length === 0) return;
    for (const item of fresh) this.#seen.add(item);
    if (this.#up) this.#channel.send({ kind: "seen", items: fresh });
    else this.#untold.push(...fresh);
  }

  close(): void {
    clearTimeout(this.#silence);
    this.#channel.close();
    for (const asked of this.#artifacts.values()) {
      asked.then(({ url }) => URL.revokeObjectURL(url)).catch(() => undefined);
    }
  }

  #add(operation: SentOperation): void {
    this.#store.add(operation);
    this.#keep();
    if (this.#up) this.#send(operation);
  }

  #send(operation: SentOperation): void {
    const message = this.#ask({ kind: "submit", operation }, (answer) => {
      if (answer.kind === "accepted") this.#store.accepted(operation.id, Number(answer.seq));
      else this.#store.refused(operation.id, errorOf(answer));
      this.#keep();
    });
    this.#channel.send(message);
  }

  #keep(): void {
    this.#outbox?.save(this.#store.unanswered());
  }

  #opened(): void {
    this.#up = true;
    this.#failAll({ code: MOVED, message: "Another host is asked.", hint: "" });
    this.#open();
    for (const operation of this.#store.unanswered()) this.#send(operation);
    if (this.#focus) this.presence(this.#focus);
    if (this.#untold.length > 0) this.#channel.send({ kind: "seen", items: this.#untold });
    this.#untold = [];
  }

  #open(): void {
    const message = this.#ask({ kind: "open" }, (answer) => {
      if (answer.kind === "view") this.#store.load(answer.view as View);
      else this.#store.closed(errorOf(answer));
    });
    this.#channel.send(message);
  }

  #lost(detail: string): void {
    if (this.#up) this.#store.down({ state: "offline", detail, since: now(), peers: 0 });
    else this.#store.down({ state: "offline", detail, peers: 0 });
    this.#up = false;
    this.#failAll(offline(detail));
  }

  /** Nothing that was asked until now will be answered. */
  #failAll(error: WireError): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    const awaited = [...this.#answers].filter(([re]) => this.#requests.has(re));
    this.#answers.clear();
    this.#requests.clear();
    for (const [, answer] of awaited) answer({ kind: "error", error }, []);
  }

  #ask(message: Message, answer: Answer): Message {
    this.#re += 1;
    this.#answers.set(this.#re, answer);
    this.#listen();
    return { ...message, re: this.#re };
  }

  #request(message: Message): Promise<{ message: Message; buffers: DataView[] }> {
    return new Promise((resolve, reject) => {
      if (!this.#up) return reject(new SessionError(offline("The connection is down.")));
      const asked = this.#ask(message, (answer, buffers) => {
        if (answer.kind === "error") reject(errorOf(answer));
        else resolve({ message: answer, buffers });
      });
      this.#requests.add(this.#re);
      this.#channel.send(asked);
    });
  }

  /** The answer, of the other host if the channel goes over to it meanwhile. */
  async #answer(message: Message): Promise<Message> {
    const asked = this.#request(message).then((answer) => answer.message);
    return asked.catch(ifMoved(() => this.#answer(message)));
  }

  async #fetchArtifact(id: string): Promise<ArtifactContent> {
    const { message, buffers } = await this.#request({ kind: "artifact", artifactId: id });
    const mediaType = String(message.mediaType ?? "application/octet-stream");
    const bytes = buffers[0];
    if (!bytes) throw new SessionError(offline("The artifact came without its bytes."));
    const blob = new Blob([bytes as DataView<ArrayBuffer>], { type: mediaType });
    return { url: URL.createObjectURL(blob), mediaType };
  }

  #receive(message: Message, buffers: DataView[]): void {
    this.#heard();
    const answer = message.re === undefined ? undefined : this.#answers.get(message.re);
    if (answer) {
      this.#answers.delete(message.re!);
      this.#requests.delete(message.re!);
      answer(message, buffers);
    } else this.#told(message);
    this.#listen();
  }

  #told(message: Message): void {
    if (message.kind === "change" && !this.#store.change(message.change as ChangeSet)) this.#open();
    else if (message.kind === "live") this.#store.live(message.live as Live);
    else if (message.kind === "view") this.#store.load(message.view as View);
    else if (message.kind === "beginning") this.#store.begin(message.view as View);
    else if (message.kind === "closed") this.#store.closed(errorOf(message));
  }

  /** Something came, so the host is there. */
  #heard(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    this.#store.down(null);
  }

  /** While an answer is outstanding, silence is noticed. */
  #listen(): void {
    if (this.#answers.size === 0 || this.#silence !== undefined) return;
    this.#silence = setTimeout(() => {
      this.#silence = undefined;
      const detail = "There has been no answer for a while: it is busy or gone.";
      this.#store.down({ state: "offline", detail, since: now(), peers: 0 });
    }, this.#options.patience ?? PATIENCE);
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** Handles the rejection of what was asked of a host that is no longer the one that is asked. */
function ifMoved<T>(again: () => Promise<T>): (error: unknown) => Promise<T> {
  return (error) => {
    const moved = error instanceof SessionError && error.code === MOVED;
    return moved ? again() : Promise.reject(error);
  };
}

function offline(message: string): WireError {
  return { code: "offline", message, hint: "It is tried again when the connection is back." };
}

function errorOf(message: Message): SessionError {
  const error = (message.error ?? {}) as Partial<WireError>;
  return new SessionError({
    code: error.code ?? "error",
    message: error.message ?? "The host refused, and did not say why.",
    hint: error.hint ?? "",
  });
}
