import { PeerPlanError } from "../model/errors";

/** What `RTCPeerConnection` takes as one of its `iceServers`. */
export interface IceServer {
  urls: string | string[];
  username?: string;
  credential?: string;
}

const MAX_SERVERS = 8;
const SERVER =
  /^wss?:\/\/(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?(?:[/?][A-Za-z0-9._~:/?@!$&'()*+,;=%-]{0,300})?$/;
const ICE_URL =
  /^(?:stuns?|turns?):(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?(?:\?transport=(?:udp|tcp))?$/;
const LONGEST_SECRET = 500;

/** Addresses of room servers; `invalid_input` for any but ws and wss, and for too many. */
export function checkedServers(urls: readonly string[]): readonly string[] {
  count(urls, "room servers");
  for (const url of urls)
    if (!SERVER.test(url))
      throw wrong(`${JSON.stringify(url.slice(0, 200))} is not the address of a room server`);
  return urls;
}

/** RTCIceServers; `invalid_input` for what is not one, and for too many. */
export function checkedIce(servers: readonly unknown[]): readonly IceServer[] {
  count(servers, "ICE servers");
  if (!servers.every(isIce)) throw wrong("What the invitation names as ICE server is not one");
  return servers;
}

function isIce(one: unknown): one is IceServer {
  if (one === null || typeof one !== "object" || Array.isArray(one)) return false;
  const { urls, username = "", credential = "", ...more } = one as Record<string, unknown>;
  return Object.keys(more).length === 0 && hasUrls(urls) && [username, credential].every(isSecret);
}

function hasUrls(urls: unknown): boolean {
  const listed = Array.isArray(urls) ? urls : [urls];
  const some = listed.length > 0 && listed.length <= MAX_SERVERS;
  return some && listed.every((url) => typeof url === "string" && ICE_URL.test(url));
}

function isSecret(value: unknown): boolean {
  return typeof value === "string" && value.length <= LONGEST_SECRET;
}

function count(found: readonly unknown[], what: string): void {
  if (found.length > MAX_SERVERS)
    throw wrong(`${found.length} ${what} are named, and ${MAX_SERVERS} are allowed`);
}

function wrong(what: string): PeerPlanError {
  return new PeerPlanError("invalid_input", `${what}.`, { data: { reason: "wrong" } });
}
