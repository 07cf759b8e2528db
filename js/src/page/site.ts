import { PeerPlanError } from "../model/errors";
import { PLAN_BRANCH } from "./names";

/** How files of the repositories on one host are read. */
export interface Host {
  /** The software it runs, as `RAW_TEMPLATES` of `peerplan_jupyter/store/hosts.py` names it. */
  kind: string;
  /** The template of the URL of a file, with `{host}`, `{project}`, `{branch}` and `{path}`. */
  raw: string;
  /** Where its API begins; empty where it has none that the page knows. */
  api: string;
}

/** What `peerplan site build` wrote into `site.json` beside the page. */
export interface Site {
  /** The repository of links that name none. */
  repository: string;
  branch: string;
  hosts: Readonly<Record<string, Host>>;
  /** Beginnings of all URLs that the page may ask, `self` aside; its security policy says the same. */
  connect: readonly string[];
  /** The commit of the plan branch that lies in `plans/` beside the page, and when that was. */
  copies: { commit: string; at: number } | null;
  /** Room servers beside those that an invitation names. */
  servers: readonly string[];
}

/** The site of a page that was opened without `peerplan site build`. */
export const NO_SITE: Site = {
  repository: "",
  branch: PLAN_BRANCH,
  hosts: {},
  connect: [],
  copies: null,
  servers: [],
};

/** Reads `site.json`. Rejects with an error of code `unreachable` that says what is wrong with it. */
export async function readSite(url: URL): Promise<Site> {
  const answer = await fetch(url).catch(() => null);
  if (!answer) throw broken("could not be read. The connection may be down");
  if (answer.status === 404) return NO_SITE;
  const found: unknown = answer.ok ? await answer.json().catch(() => null) : null;
  if (!isSite(found)) throw broken("is not the one that belongs to this page");
  return { ...NO_SITE, ...found };
}

/** Whether the page may ask what is at `url`: its policy would refuse it, without saying why. */
export function mayAsk(site: Site, url: URL): boolean {
  return url.origin === globalThis.location?.origin || site.connect.some((one) => covers(one, url));
}

/** As a policy has it: a scheme, what begins so, or exactly that, the query aside. */
function covers(source: string, url: URL): boolean {
  if (source.endsWith(":")) return url.protocol === source;
  const bare = `${url.protocol}//${url.host}${url.pathname}`;
  return source.endsWith("/") ? bare.startsWith(source) : bare === new URL(source).href;
}

function isSite(value: unknown): value is Partial<Site> {
  if (typeof value !== "object" || value === null) return false;
  const { v, hosts, connect, servers } = value as Record<string, unknown>;
  const lists = Array.isArray(connect) && Array.isArray(servers);
  return v === 1 && lists && typeof hosts === "object" && hosts !== null;
}

function broken(what: string): PeerPlanError {
  return new PeerPlanError("unreachable", `The page's own file site.json ${what}.`, {
    hint: "Load the page again. If that does not help, whoever published it has to do so again.",
  });
}
