import { PeerPlanError } from "../model/errors";

export type Bytes = Uint8Array<ArrayBuffer>;

export interface Asking {
  headers?: Readonly<Record<string, string>>;
  /** The most bytes that are read. */
  most: number;
  /** Milliseconds of silence after which it is given up. */
  patience?: number;
}

const PATIENCE = 30_000;
const ABSENT: ReadonlySet<number> = new Set([404, 410]);

/**
 * The bytes at `url`, or null where the server says that there are none. Rejects with `forbidden`
 * where it wants a sign-in, `too_large`, and `unreachable` when it does not answer or breaks off.
 */
export async function download(url: URL, asking: Asking): Promise<Bytes | null> {
  const patience = new Patience(asking.patience ?? PATIENCE);
  try {
    const answer = await asked(url, asking, patience.signal);
    if (ABSENT.has(answer.status)) return null;
    if (!answer.ok) throw refused(url, answer);
    return await read(answer, asking.most, patience, url);
  } catch (error) {
    if (error instanceof PeerPlanError) throw error;
    throw patience.signal.aborted ? late(url) : unreachable(url);
  } finally {
    patience.end();
  }
}

/** Asks an API and reads its JSON; rejects as `download`, and with `unreachable` for other forms. */
export async function ask(url: URL, init: RequestInit = {}, patience = PATIENCE): Promise<Answer> {
  const signal = AbortSignal.timeout(patience);
  let answer: Response;
  try {
    answer = await fetch(url, { ...init, ...PLAIN, signal });
  } catch {
    throw signal.aborted ? late(url) : unreachable(url);
  }
  const body: unknown = await answer.json().catch(() => null);
  return { status: answer.status, ok: answer.ok, body, limited: isLimited(answer), url };
}

export interface Answer {
  status: number;
  ok: boolean;
  body: unknown;
  /** Whether it was refused because too much was asked. */
  limited: boolean;
  url: URL;
}

/** Nothing that the browser knows of the user goes along, nor where they come from. */
const PLAIN: RequestInit = { credentials: "omit", referrerPolicy: "no-referrer" };

function asked(url: URL, { headers }: Asking, signal: AbortSignal): Promise<Response> {
  return fetch(url, { ...PLAIN, cache: "no-cache", headers: { ...headers }, signal });
}

async function read(answer: Response, most: number, patience: Patience, url: URL): Promise<Bytes> {
  const parts: Bytes[] = [];
  let size = 0;
  const reader = answer.body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done || !value) break;
    patience.again();
    size += value.length;
    if (size > most) {
      await reader?.cancel();
      throw new PeerPlanError(
        "too_large",
        `${url.host} sent more than the ${most.toLocaleString("en")} bytes that are read.`,
      );
    }
    parts.push(value as Bytes);
  }
  if (parts.length === 1) return parts[0]!;
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** Ends a request that says nothing for a while. */
class Patience {
  readonly #controller = new AbortController();
  readonly #milliseconds: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
    this.again();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  again(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(), this.#milliseconds);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

function isLimited({ status, headers }: Response): boolean {
  return status === 429 || (status === 403 && headers.get("x-ratelimit-remaining") === "0");
}

function refused(url: URL, answer: Response): PeerPlanError {
  const { status } = answer;
  if (isLimited(answer)) return tooOften(url.host);
  if (status === 401 || status === 403) return signIn(url.host, status);
  return unreachable(url, `It answered ${status}.`);
}

export function tooOften(host: string): PeerPlanError {
  return new PeerPlanError("unreachable", `${host} wants to be asked less often.`, {
    hint: "Wait some minutes and try again; with a token it allows more.",
    data: { host, limited: true },
  });
}

export function signIn(host: string, status: number): PeerPlanError {
  return new PeerPlanError("forbidden", `${host} wants a sign-in (HTTP ${status}).`, {
    hint: "Give a token that may read it, or ask whoever shared the link for an invitation.",
    data: { host, status },
  });
}

function late(url: URL): PeerPlanError {
  return new PeerPlanError("unreachable", `${url.host} did not answer in time.`, {
    hint: "Try again in a moment.",
    data: { host: url.host },
  });
}

export function unreachable(url: URL, why = ""): PeerPlanError {
  const offline = globalThis.navigator?.onLine === false;
  const told = offline
    ? "This browser is offline."
    : `${url.host} could not be read. ${why}`.trim();
  const hint = offline
    ? "What is kept in this browser is shown; the rest comes when the connection is back."
    : "Check the connection, and try again in a moment.";
  return new PeerPlanError("unreachable", told, { hint, data: { host: url.host, offline } });
}
