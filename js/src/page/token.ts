/**
 * The tokens that a reviewer gave, each for the one host that it is sent to. In memory, or in this
 * browser's storage when that was asked for: there, other pages of the same origin can read it.
 */
export class Tokens {
  readonly #given = new Map<string, string>();

  get(host: string): string {
    return this.#given.get(host) ?? read(host);
  }

  /** Whether it outlives this page. */
  isKept(host: string): boolean {
    return read(host) !== "";
  }

  /** False if it was to be kept and the browser does not: then it is only in memory. */
  set(host: string, token: string, kept: boolean): boolean {
    this.remove(host);
    this.#given.set(host, token);
    return !kept || write(host, token);
  }

  remove(host: string): void {
    this.#given.delete(host);
    write(host, null);
  }
}

/** Whether a text can be sent as a token at all. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]{8,1000}$/.test(text);
}

function name(host: string): string {
  return `peerplan:token:${host}`;
}

function read(host: string): string {
  try {
    return localStorage.getItem(name(host)) ?? "";
  } catch {
    return "";
  }
}

function write(host: string, token: string | null): boolean {
  try {
    if (token === null) localStorage.removeItem(name(host));
    else localStorage.setItem(name(host), token);
    return true;
  } catch {
    return false;
  }
}
