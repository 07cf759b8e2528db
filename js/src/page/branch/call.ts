import { base64 } from "@scure/base";
import { PeerPlanError } from "../../model/errors";
import { apiOf, type Repository, signedIn } from "../hosts";
import { type Answer, ask, type Bytes, tooOften } from "../http";
import { refusal } from "./writer";

/** Milliseconds: writing takes hosts longer than reading. */
const PATIENCE = 60_000;

/** Asks the API of one repository's host with a token. */
export class Calls {
  readonly host: string;
  readonly #base: string;
  readonly #headers: Record<string, string>;

  constructor(repository: Repository, token: string) {
    const api = apiOf(repository);
    if (!api) throw new PeerPlanError("invalid_input", "The host of the repository has no API.");
    this.#base = api.project(repository);
    this.host = new URL(this.#base).host;
    this.#headers = signedIn(repository, token);
  }

  get(path: string): Promise<Answer> {
    return this.#ask(path, { cache: "no-store" });
  }

  send(method: "POST" | "PUT" | "PATCH", path: string, body: unknown): Promise<Answer> {
    const headers = { "Content-Type": "application/json" };
    return this.#ask(path, { method, headers, body: JSON.stringify(body) });
  }

  /** `answer.body`, or an error that says what the host said. */
  checked<T>(answer: Answer): T {
    if (answer.limited) throw tooOften(this.host);
    if (!answer.ok || answer.body === null) throw refusal(this.host, answer.status, answer.body);
    return answer.body as T;
  }

  #ask(path: string, init: RequestInit): Promise<Answer> {
    const headers = { ...this.#headers, ...init.headers };
    return ask(new URL(`${this.#base}${path}`), { ...init, headers }, PATIENCE);
  }
}

/** The bytes of base64 as hosts write it, with line ends in it. */
export function decoded(text: string): Bytes {
  return new Uint8Array(base64.decode(text.replace(/\s/g, "")));
}
