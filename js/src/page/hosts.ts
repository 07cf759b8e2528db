import { encoded } from "../sync/fragment";
import type { RepositoryAddress } from "./remote";
import type { Host, Site } from "./site";

/** One repository on a host that the page knows. */
export interface Repository {
  host: Host;
  address: RepositoryAddress;
  branch: string;
}

/** What the API of a kind of host calls things. */
interface Api {
  project(repository: Repository): string;
  file(repository: Repository, path: string): string;
  branch(repository: Repository): string;
  /** What asks for a file as it is. */
  accept?: string;
  /** The word before a token. */
  scheme: string;
}

const GITHUB: Api = {
  // https://docs.github.com/en/rest/repos/contents
  project: ({ host, address }) => `${host.api}/repos/${quoted(address.project)}`,
  file: (repository, path) =>
    `${GITHUB.project(repository)}/contents/${quoted(path)}?ref=${encoded(repository.branch)}`,
  branch: (repository) => `${GITHUB.project(repository)}/branches/${quoted(repository.branch)}`,
  accept: "application/vnd.github.raw+json",
  scheme: "Bearer",
};

const GITLAB: Api = {
  // https://docs.gitlab.com/api/repository_files/
  project: ({ host, address }) => `${host.api}/projects/${encoded(address.project)}`,
  file: (repository, path) =>
    `${GITLAB.project(repository)}/repository/files/${encoded(path)}/raw?ref=${encoded(repository.branch)}`,
  branch: (repository) =>
    `${GITLAB.project(repository)}/repository/branches/${encoded(repository.branch)}`,
  scheme: "Bearer",
};

const GITEA: Api = {
  // https://docs.gitea.com/api/ (repoGetRawFile)
  project: GITHUB.project,
  file: (repository, path) =>
    `${GITEA.project(repository)}/raw/${quoted(path)}?ref=${encoded(repository.branch)}`,
  branch: GITHUB.branch,
  scheme: "token",
};

const BITBUCKET: Api = {
  // https://developer.atlassian.com/cloud/bitbucket/rest/api-group-source/
  project: ({ host, address }) => `${host.api}/repositories/${quoted(address.project)}`,
  file: (repository, path) =>
    `${BITBUCKET.project(repository)}/src/${encoded(repository.branch)}/${quoted(path)}`,
  branch: (repository) =>
    `${BITBUCKET.project(repository)}/refs/branches/${encoded(repository.branch)}`,
  scheme: "Bearer",
};

const APIS: Readonly<Record<string, Api>> = {
  github: GITHUB,
  "github-enterprise": GITHUB,
  gitlab: GITLAB,
  gitea: GITEA,
  bitbucket: BITBUCKET,
};

/** Kinds whose raw files say nothing of other origins, so that pages cannot read them. */
const API_FIRST: ReadonlySet<string> = new Set(["gitlab", "gitea"]);

/** How the API of a repository's host is asked; null where the page knows none. */
export function apiOf({ host }: Repository): Api | null {
  return host.api && Object.hasOwn(APIS, host.kind) ? APIS[host.kind]! : null;
}

/** Whether the API answers pages better than the raw files do. */
export function apiFirst({ host }: Repository): boolean {
  return API_FIRST.has(host.kind);
}

/** The URL under which a file is served as it is. */
export function rawUrl({ host, address, branch }: Repository, path: string): string {
  const places: Record<string, string> = {
    host: address.host,
    project: quoted(address.project),
    branch: quoted(branch),
    path: quoted(path),
  };
  return host.raw.replace(/\{(\w+)\}/g, (_, name: string) => places[name] ?? "");
}

/** The headers that sign in with a token. */
export function signedIn(repository: Repository, token: string): Record<string, string> {
  const scheme = apiOf(repository)?.scheme;
  return token && scheme ? { Authorization: `${scheme} ${token}` } : {};
}

/** The host that a token for the repository is sent to. */
export function apiHost({ host }: Repository): string {
  return host.api ? new URL(host.api).host : "";
}

/** Every host that a plan URL may name here. */
export function namedHosts(site: Site): ReadonlySet<string> {
  const found = new Set([globalThis.location?.host ?? "", ...Object.keys(site.hosts)]);
  for (const one of site.connect) if (/^https?:/.test(one)) found.add(new URL(one).host);
  return found;
}

/** Percent-encoded, with its slashes. */
function quoted(path: string): string {
  return path.split("/").map(encoded).join("/");
}
