/** The first thing that runs: asks for the plan while the rest of the page is on its way. */
import { type PlanRef, parsePlanUrl } from "./address";
import { foldersOf, repositoryOf } from "./folders";
import { apiHost, namedHosts } from "./hosts";
import { PLAN_JSON } from "./names";
import type { Early, Sight } from "./opening";
import { readSite, type Site } from "./site";
import { Tokens } from "./token";

/** Everything of the page lies in one folder of the site. */
const root = new URL("..", import.meta.url);

async function begin(): Promise<Omit<Sight, "token">> {
  const site = await readSite(new URL("site.json", root));
  const sight = { site, root, ref: meant(site) };
  return { ...sight, ...early(sight) };
}

/** What the address of this page says; one that names no repository means the site's own, if any. */
function meant(site: Site): PlanRef {
  const url = new URL(location.href);
  const named = url.searchParams.has("repo");
  if (!named && site.repository) url.searchParams.set("repo", site.repository);
  const ref = parsePlanUrl(url.href, namedHosts(site));
  return named || site.repository ? ref : { ...ref, repository: null };
}

/** What will be read first, read already; who gave a token is asked for the plan with it. */
function early({ site, ref }: Omit<Sight, "token">): { early?: Early } {
  try {
    const repository = repositoryOf(site, ref);
    const host = repository ? apiHost(repository) : "";
    if (host && new Tokens().get(host)) return {};
    const folder = foldersOf(site, root, ref, "")[0]!;
    const bytes = folder.read(PLAN_JSON);
    bytes.catch(() => undefined);
    return { early: { folder, bytes } };
  } catch {
    // It is tried again, and then said why it fails.
    return {};
  }
}

const begun = begin();
begun.catch(() => undefined);
void import("./main").then(({ show }) => show(begun, root));
