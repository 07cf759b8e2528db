// @vitest-environment node
import { expect, test } from "vitest";
import { foldersOf } from "../../src/page/folders";
import { openPublished } from "../../src/page/opening";
import { mayAsk, NO_SITE, readSite, type Site } from "../../src/page/site";
import { served } from "./served";
import { Bare, BRANCH, cgit, gitweb, plain } from "./web_hosts";

const PLAN = { plan: { id: "sessions", title: "Sessions" } };
const ROOT = new URL("http://127.0.0.1:9/site/");

function ref(pr: number | null = 7) {
  return { planId: "sessions", pr, repository: null, raw: null, invitation: "" };
}

/** A site for one repository of a kind of host at `address`. */
function site(address: string, kind: string, raw: string, api: string): Site {
  const { host } = new URL(address);
  return {
    ...NO_SITE,
    repository: `${address}/acme/rocket`,
    hosts: { [host]: { kind, raw: raw && `${address}${raw}`, api: api && `${address}${api}` } },
    connect: [`${address}/`],
  };
}

const READS = [
  ["github", "", "/{project}/{branch}/{path}", "/api", "/acme/rocket/plan-artifacts/FILE"],
  [
    "github",
    "t",
    "/{project}/{branch}/{path}",
    "/api",
    "/api/repos/acme/rocket/contents/FILE?ref=plan-artifacts",
  ],
  [
    "gitlab",
    "",
    "/{project}/-/raw/{branch}/{path}",
    "/api/v4",
    "/api/v4/projects/acme%2Frocket/repository/files/ENCODED/raw?ref=plan-artifacts",
  ],
  [
    "gitea",
    "",
    "/{project}/raw/{path}",
    "/api/v1",
    "/api/v1/repos/acme/rocket/raw/FILE?ref=plan-artifacts",
  ],
  [
    "bitbucket",
    "t",
    "/{project}/raw/{path}",
    "/2.0",
    "/2.0/repositories/acme/rocket/src/plan-artifacts/FILE",
  ],
  [
    "cgit",
    "",
    "/{project}/plain/{path}?h={branch}",
    "",
    "/acme/rocket/plain/FILE?h=plan-artifacts",
  ],
] as const;

test.each(READS)("%s with the token %j is read where pages can read it", async (...told) => {
  const [kind, token, raw, api, expected] = told;
  const { address, asked } = await served(() => ({ body: PLAN }));
  const found = await openPublished({
    site: site(address, kind, raw, api),
    root: ROOT,
    ref: ref(),
    token,
  });
  const file = "pr-7/plan-sessions/plan.json";
  const path = expected.replace("FILE", file).replace("ENCODED", encodeURIComponent(file));
  expect(asked.map((one) => one.path)).toEqual([path]);
  expect(asked[0]?.headers.authorization).toBe(token ? "Bearer t" : undefined);
  expect(found.plan.title).toBe("Sessions");
});

test.each([
  ["gitweb", gitweb, "/?p={project}.git;a=blob_plain;f={path};hb={branch}"],
  ["cgit", cgit, "/{project}/plain/{path}?h={branch}"],
  ["plain files", plain, "/files/{project}/{branch}/{path}"],
] as const)("%s shows a plan of a real repository, and its evidence", async (...told) => {
  const [, host, raw] = told;
  const folder = "pr-7/plan-sessions";
  const bare = new Bare({
    [`${folder}/plan.json`]: JSON.stringify(PLAN),
    [`${folder}/Größe & a+b;c=100%.log`]: "measured\n",
  });
  const { address, asked } = await served(host(bare));
  const where = { ...site(address, "", raw, ""), branch: BRANCH };
  const found = await openPublished({ site: where, root: ROOT, ref: ref(), token: "" });
  expect(found.plan.title).toBe("Sessions");
  const evidence = await found.folder.read("Größe & a+b;c=100%.log");
  expect(new TextDecoder().decode(evidence!)).toBe("measured\n");
  expect(await found.folder.read("gone.log")).toBeNull();
  expect(asked.every(({ method }) => method === "GET")).toBe(true);
});

test("a draft stands in for a pull request that has no plan yet", async () => {
  const { address } = await served(({ path }) =>
    path.includes("drafts") ? { body: PLAN } : { status: 404, body: "" },
  );
  const where = site(address, "cgit", "/{path}", "");
  const found = await openPublished({ site: where, root: ROOT, ref: ref(), token: "" });
  expect(found.folder.place?.folder).toBe("drafts/plan-sessions");
});

test("plans beside the page go before the host, and their evidence has another name there", async () => {
  const { address, asked } = await served(() => ({ body: PLAN }));
  const copies = { commit: "c", at: 1 };
  const where = { ...site(address, "github", "/raw/{path}", ""), copies };
  const sight = { site: where, root: new URL(`${address}/site/`), ref: ref(), token: "" };
  const { folder } = await openPublished(sight);
  await folder.read("shot 1.png");
  await folder.read("plan.loro");
  const base = "/site/plans/pr-7/plan-sessions";
  expect(asked.map(({ path }) => path)).toEqual([
    `${base}/plan.json`,
    `${base}/shot%201.png.data`,
    `${base}/plan.loro`,
  ]);
});

test("what was asked for early is not asked again", async () => {
  const { address, asked } = await served(() => ({ body: PLAN }));
  const where = site(address, "cgit", "/{path}", "");
  const [folder] = foldersOf(where, ROOT, ref(), "");
  const early = { folder: folder!, bytes: folder!.read("plan.json") };
  await openPublished({ site: where, root: ROOT, ref: ref(), token: "", early });
  expect(asked).toHaveLength(1);
});

test("more bytes than a plan may have are not read", async () => {
  const { address } = await served(() => ({ body: "x".repeat(200) }));
  const [folder] = foldersOf(site(address, "cgit", "/{path}", ""), ROOT, ref(), "");
  await expect(folder!.read("plan.json", 100)).rejects.toMatchObject({ code: "too_large" });
});

test("a page asks for what its site names and for nothing else", () => {
  const where = {
    ...NO_SITE,
    connect: ["https://raw.example/a/b/", "https://api.example/repos/a/b", "wss://rooms.example"],
  };
  const asks = (url: string) => mayAsk(where, new URL(url));
  expect(asks("https://raw.example/a/b/plan.json?x=1")).toBe(true);
  expect(asks("https://api.example/repos/a/b")).toBe(true);
  expect(asks("wss://rooms.example/")).toBe(true);
  for (const url of [
    "https://raw.example/a/c/plan.json",
    "https://raw.example.evil/a/b/plan.json",
    "https://api.example/repos/a/b/c",
    "http://raw.example/a/b/plan.json",
    "wss://rooms.example/other",
    "wss://elsewhere.example/",
  ]) {
    expect(asks(url), url).toBe(false);
  }
  expect(mayAsk({ ...where, connect: ["wss:"] }, new URL("wss://elsewhere.example/"))).toBe(true);
});

test("a repository that the page was not built for is refused before it is asked", async () => {
  const elsewhere = { ...ref(), repository: "https://elsewhere.example/a/b" };
  const where = site("http://127.0.0.1:9", "cgit", "/{path}", "");
  const opened = openPublished({ site: where, root: ROOT, ref: elsewhere, token: "" });
  await expect(opened).rejects.toThrow(/was not built for it/);
});

test("the page's own file is read, may be missing, and is not believed in another form", async () => {
  const told: Record<string, object | string> = {
    "/good": { v: 1, connect: ["https://a.example/"], servers: [], hosts: {} },
    "/newer": { v: 2 },
    "/html": "<!doctype html>",
  };
  const { address } = await served(({ path }) =>
    path in told ? { body: told[path]! } : { status: 404, body: "" },
  );
  expect((await readSite(new URL(`${address}/good`))).connect).toEqual(["https://a.example/"]);
  expect(await readSite(new URL(`${address}/none`))).toEqual(NO_SITE);
  for (const path of ["/newer", "/html"]) {
    await expect(readSite(new URL(address + path))).rejects.toThrow(/site\.json/);
  }
});
