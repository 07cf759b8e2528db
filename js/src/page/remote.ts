import { PeerPlanError } from "../model/errors";

/** A remote's URL taken apart. */
export interface RepositoryAddress {
  /** Lower case, with a port other than the scheme's own for http(s). */
  host: string;
  /** The path on the host without `.git`. */
  project: string;
}

const SCP = /^(?:[^@/\s]+@)?(\[[0-9a-fA-F:]+\]|[^:/\s]{2,}):(?!\/\/)(.+)$/;
const HELPER = /^[A-Za-z0-9.+-]*::/;
const SCHEMES: ReadonlySet<string> = new Set(["http:", "https:", "ssh:", "git:"]);
const WEB_USER = /(https?:\/\/)[^/ \t\r\n'"]*@/gi;
const PASSWORD = /(:\/\/[^/ \t\r\n@:'"]*):[^/ \t\r\n'"]*@/g;

/**
 * The host and the project of a remote's URL: http(s), ssh, git, or scp-like. Throws
 * `invalid_input` for anything else; a folder on a machine is nothing that a page can read.
 */
export function repositoryAddress(url: string): RepositoryAddress {
  if (!url || url.startsWith("-") || hasControls(url) || HELPER.test(url)) throw noRepository(url);
  if (url.includes("://")) return fromUrl(url);
  const [, host, path] = SCP.exec(url) ?? [];
  if (!host || !path) throw noRepository(url);
  return { host: host.toLowerCase(), project: projectOf(path) };
}

/** `host` of a URL as addresses have it. */
export function hostOf(url: URL): string {
  const web = url.protocol === "http:" || url.protocol === "https:";
  return web && url.port !== "" && !["80", "443"].includes(url.port)
    ? `${url.hostname}:${url.port}`
    : url.hostname;
}

/** `text` without the passwords in its URLs, and without the users in those of the web. */
export function redact(text: string): string {
  return text.replace(WEB_USER, "$1").replace(PASSWORD, "$1@");
}

export function hasControls(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\x00-\x1f\x7f]/.test(text);
}

function fromUrl(text: string): RepositoryAddress {
  const url = parsed(text);
  if (!SCHEMES.has(url.protocol) || !url.hostname) throw noRepository(text);
  // The URL parser lower-cases hosts of web addresses only.
  return { host: hostOf(url).toLowerCase(), project: projectOf(unquoted(url.pathname)) };
}

function parsed(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw noRepository(text);
  }
}

function projectOf(path: string): string {
  return stripped(stripped(path).replace(/\.git$/, ""));
}

function stripped(path: string): string {
  return path.replace(/^\/+|\/+$/g, "");
}

/** Percent-decoded; as it is where it is not UTF-8. */
export function unquoted(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function noRepository(url: string): PeerPlanError {
  const told = JSON.stringify(redact(url).slice(0, 200));
  return new PeerPlanError("invalid_input", `${told} is not a repository that a page can read.`, {
    hint: "It is org/project or the URL of a repository.",
  });
}
