import { PeerPlanError } from "../model/errors";
import { checkedPlanId, isPlanId, PLAN_JSON, parseFolder } from "./names";
import { hasControls, hostOf, redact, repositoryAddress, unquoted } from "./remote";

/** Which plan is meant, and where it lies. What was not said is null. */
export interface PlanRef {
  planId: string | null;
  pr: number | null;
  /** The URL of a remote repository; may hold the credentials that were pasted with it. */
  repository: string | null;
  /** The URL of the folder that a served `plan.json` lies in, without a slash at the end. */
  raw: string | null;
  /** The fragment of the URL, which is never sent anywhere. */
  invitation: string;
}

const MAX_URL = 4000;
const SHORT = /^[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*$/;
const PULL_REQUEST =
  /^\/(.+?)\/(?:pull|pulls|pull-requests|(?:-\/)?merge_requests)\/([0-9]{1,10})(?:\/|$)/;
const RAW_PLAN = /^(.*\/((?:pr-[0-9]+|drafts)\/plan-[^/]+))\/plan\.json$/;
const PR = /^[1-9][0-9]{0,9}$/;
const PAGES: Readonly<Record<string, string>> = {
  "github.io": "github.com",
  "gitlab.io": "gitlab.com",
  "codeberg.page": "codeberg.org",
};
const NOTHING: PlanRef = { planId: null, pr: null, repository: null, raw: null, invitation: "" };

/**
 * What a URL says, as `parse_plan_url` of `peerplan_jupyter/store/url.py` reads it: the URL of a
 * page with `?repo=`, of a pull request, of a served `plan.json`, or of a repository with `?plan=`.
 * `hosts` are those that may be named. Nothing is looked up and nothing is fetched. Throws
 * `invalid_input`, which never repeats credentials.
 */
export function parsePlanUrl(text: string, hosts: ReadonlySet<string>): PlanRef {
  const trimmed = text.trim();
  if (!trimmed || trimmed.length > MAX_URL || hasControls(trimmed)) {
    throw wrong("That is not a plan URL: it is empty, too long or has control characters.");
  }
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(trimmed)) return parseBare(trimmed, hosts);
  const url = parsed(trimmed);
  const ref = asked({ ...NOTHING, invitation: url.hash.slice(1) }, url.searchParams);
  if (/^https?:$/.test(url.protocol)) return parseWeb(ref, url, hosts);
  return inRepository(fromFragment(ref), `${url.protocol}//${url.host}${url.pathname}`, hosts);
}

function parseBare(text: string, hosts: ReadonlySet<string>): PlanRef {
  if (isPlanId(text)) return { ...NOTHING, planId: text };
  if (!/^[^/\\]+@[^/\\]+:/.test(text)) throw wrong(`${shown(text)} is not a plan URL.`);
  const at = text.indexOf("#");
  const [remote, rest] = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  return inRepository(fromFragment({ ...NOTHING, invitation: rest }), remote, hosts);
}

function parseWeb(ref: PlanRef, url: URL, hosts: ReadonlySet<string>): PlanRef {
  const repo = url.searchParams.get("repo");
  if (repo) return inRepository(ref, named(repo, url, hosts), hosts);
  const address = `${url.origin}${url.pathname}`.replace(/\/+$/, "");
  if (address.endsWith(`/${PLAN_JSON}`)) {
    checkHost(hostOf(url), hosts);
    const [, base, folder] = RAW_PLAN.exec(address) ?? [];
    const place = folder ? parseFolder(unquoted(folder)) : null;
    const told = place && { planId: place.planId, pr: place.pr };
    return { ...ref, raw: base ?? address.slice(0, -PLAN_JSON.length - 1), ...told };
  }
  const [, project, pr] = PULL_REQUEST.exec(url.pathname) ?? [];
  if (!project) return inRepository(fromFragment(ref), address, hosts);
  const remote = `${url.origin}/${project}`;
  return inRepository({ ...fromFragment(ref), pr: Number(pr) }, remote, hosts);
}

function asked(ref: PlanRef, query: URLSearchParams): PlanRef {
  const pr = query.get("pr") ?? "";
  const plan = query.get("plan") ?? "";
  if (pr && !PR.test(pr)) throw wrong(`${shown(pr, 40)} is not the number of a pull request.`);
  return {
    ...ref,
    pr: pr ? Number(pr) : ref.pr,
    planId: plan ? checkedPlanId(plan) : ref.planId,
  };
}

/** `#plan-id`, or `#plan-{id}` as the folder is called, says which plan; else an invitation. */
function fromFragment(ref: PlanRef): PlanRef {
  const text = unquoted(ref.invitation);
  const found = [text.replace(/^plan-/, ""), text].find(isPlanId);
  return found === undefined ? ref : { ...ref, planId: ref.planId ?? found, invitation: "" };
}

function inRepository(ref: PlanRef, remote: string, hosts: ReadonlySet<string>): PlanRef {
  const { host, project } = repositoryAddress(remote);
  checkHost(host, hosts);
  if (!project) throw wrong(`${shown(remote)} names no repository.`);
  return { ...ref, repository: remote };
}

/** The remote that `?repo=` means on a page: `org/project` is on the page's own provider. */
function named(repo: string, page: URL, hosts: ReadonlySet<string>): string {
  if (!SHORT.test(repo)) {
    repositoryAddress(repo);
    return repo;
  }
  const host = hostOf(page);
  const provider = Object.keys(PAGES).find((suffix) => host.endsWith(`.${suffix}`));
  if (provider) return `https://${PAGES[provider]}/${repo}`;
  checkHost(host, hosts);
  return `https://github.com/${repo}`;
}

function checkHost(host: string, hosts: ReadonlySet<string>): void {
  const bare = host.endsWith("]") ? host : host.replace(/:[^:]*$/, "");
  if (hosts.has(host) || hosts.has(bare)) return;
  throw new PeerPlanError(
    "invalid_input",
    `${shown(host)} is not among the hosts that this page may read from.`,
    {
      hint: `Whoever built the page can add it: peerplan site build --host ${host.slice(0, 100)}`,
      data: { host: host.slice(0, 200) },
    },
  );
}

function parsed(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw wrong(`${shown(text)} is not a URL.`);
  }
}

function shown(text: string, most = 200): string {
  return JSON.stringify(redact(text).slice(0, most));
}

function wrong(message: string): PeerPlanError {
  return new PeerPlanError("invalid_input", message, { hint: "Copy the whole link again." });
}
