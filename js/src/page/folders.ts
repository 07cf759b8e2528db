import { PeerPlanError } from "../model/errors";
import type { PlanRef } from "./address";
import { apiFirst, apiOf, type Repository, rawUrl, signedIn } from "./hosts";
import { type Bytes, download } from "./http";
import { type Place, parseFolder, planFolder } from "./names";
import { repositoryAddress } from "./remote";
import { mayAsk, type Site } from "./site";

/** A plan's folder somewhere on the web. */
export interface Folder {
  place: Place | null;
  /** Whether it lies beside the page, where it stays as it was when the site was built. */
  copied: boolean;
  /** The bytes of a file, or null where there is none; rejects as `download`. */
  read(file: string, most?: number): Promise<Bytes | null>;
  /** The host that is asked. */
  host: string;
  /** The same for the same folder, read in the same way. */
  key: string;
}

/** Bytes of a file of the plan itself; `peerplan_jupyter/store/planfile.py` has the same. */
const MAX_FILE = 16_000_000;

/** Where the files of a repository's plan branch are read from. */
type Way = (path: string) => { url: URL; headers: Record<string, string> };

/** The repository that a reference names; null where it names the folder of a served file. */
export function repositoryOf(site: Site, ref: PlanRef): Repository | null {
  const remote = ref.repository ?? (ref.raw === null ? site.repository : "");
  if (!remote) return null;
  const address = repositoryAddress(remote);
  const host = site.hosts[address.host];
  if (!host) throw unknownHost(address.host);
  return { host, address, branch: site.branch };
}

/** The places where a plan may lie, in the order to try them. */
export function foldersOf(site: Site, root: URL, ref: PlanRef, token: string): Folder[] {
  if (ref.raw !== null) return [served(site, ref.raw)];
  const repository = repositoryOf(site, ref);
  if (!repository && !site.copies) throw nothingNamed();
  if (ref.planId === null) throw noPlan();
  const folders = placesOf(ref.planId, ref.pr);
  return waysOf(site, root, repository, token).flatMap(({ way, copied }) =>
    folders.map((folder) => inWay(site, way, folder, copied)),
  );
}

/** With a pull request's number, a draft stands in for what is not there yet. */
function placesOf(planId: string, pr: number | null): string[] {
  const draft = planFolder(planId, null);
  return pr === null ? [draft] : [planFolder(planId, pr), draft];
}

function waysOf(site: Site, root: URL, repository: Repository | null, token: string) {
  const found: { way: Way; copied: boolean }[] = [];
  if (site.copies && isOwn(site, repository)) found.push({ way: beside(root), copied: true });
  if (!repository) return found;
  const raw: Way = (path) => ({ url: new URL(rawUrl(repository, path)), headers: {} });
  const api = apiWay(repository, token);
  const live = api && (token || apiFirst(repository)) ? [api] : [];
  const ways = token ? live : [...live, ...(repository.host.raw ? [raw] : [])];
  return [...found, ...ways.map((way) => ({ way, copied: false }))];
}

/** The plans beside the page: there, web servers must not take evidence for pages of the site. */
function beside(root: URL): Way {
  const plans = new URL("plans/", root);
  const plain = /\/plan\.(?:json|loro)$/;
  return (path) => ({
    url: under(plans, plain.test(path) ? path : `${path}.data`),
    headers: {},
  });
}

function apiWay(repository: Repository, token: string): Way | null {
  const api = apiOf(repository);
  if (!api) return null;
  const accept: Record<string, string> = api.accept ? { Accept: api.accept } : {};
  const headers = { ...accept, ...signedIn(repository, token) };
  return (path) => ({ url: new URL(api.file(repository, path)), headers });
}

function inWay(site: Site, way: Way, folder: string, copied: boolean): Folder {
  return {
    place: parseFolder(folder),
    copied,
    host: way(folder).url.host,
    key: way(folder).url.href,
    read(file, most = MAX_FILE) {
      const { url, headers } = way(`${folder}/${file}`);
      return checked(site, url, () => download(url, { most, headers }));
    },
  };
}

function served(site: Site, base: string): Folder {
  const url = new URL(`${base}/`);
  return {
    place: parseFolder(url.pathname.split("/").slice(-3, -1).map(decodeURIComponent).join("/")),
    copied: false,
    host: url.host,
    key: url.href,
    read(file, most = MAX_FILE) {
      const at = under(url, file);
      return checked(site, at, () => download(at, { most }));
    },
  };
}

function under(base: URL, path: string): URL {
  return new URL(path.split("/").map(encodeURIComponent).join("/"), base);
}

function checked(site: Site, url: URL, run: () => Promise<Bytes | null>): Promise<Bytes | null> {
  return mayAsk(site, url) ? run() : Promise.reject(unknownHost(url.host));
}

/** Whether the plans beside the page are those of a repository; one that is not named is meant. */
function isOwn(site: Site, repository: Repository | null): boolean {
  if (!repository) return true;
  if (!site.repository) return false;
  const { address } = repository;
  const own = repositoryAddress(site.repository);
  return own.host === address.host && own.project === address.project;
}

function unknownHost(host: string): PeerPlanError {
  const told = `This page may not read that repository: it was not built for it, or for ${host}.`;
  return new PeerPlanError("invalid_input", told, {
    hint: "Whoever built the page can add it: peerplan site build --repo URL.",
    data: { host },
  });
}

function nothingNamed(): PeerPlanError {
  return new PeerPlanError(
    "invalid_input",
    "The link names no repository, and this page has none.",
    {
      hint: "Copy the whole link again.",
    },
  );
}

function noPlan(): PeerPlanError {
  return new PeerPlanError("invalid_input", "The link does not say which plan is meant.", {
    hint: "Copy the whole link again: it has plan= in it.",
  });
}
