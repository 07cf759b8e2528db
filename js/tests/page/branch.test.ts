// @vitest-environment node
import { beforeAll, expect, test } from "vitest";
import { PlanDocument } from "../../src/document/document";
import { parseOperation } from "../../src/document/operations";
import { planJson } from "../../src/document/plan_json";
import { canWrite, publishToBranch } from "../../src/page/branch/publishing";
import type { Repository } from "../../src/page/hosts";
import { LocalCopy } from "../../src/page/local_copy";
import { loadLoroHere } from "../support/loro";
import { Gitea, GitLab } from "./hosts";
import { AGENT, act, comment, newPlan, RITA, said } from "./plans";
import { served } from "./served";

beforeAll(() => loadLoroHere());

const FOLDER = "pr-7/plan-sessions";
const HOSTS = [
  ["gitlab", GitLab, "/api/v4"],
  ["gitea", Gitea, "/api/v1"],
] as const;

/** A host whose branch has the plan, and a page's copy of it with a comment. */
async function stage(kind: "gitlab" | "gitea", host: GitLab | Gitea, base: string) {
  const plan = newPlan();
  put(host, plan, "Publish");
  const { address } = await served(host.answer);
  const repository: Repository = {
    host: { kind, raw: `${address}/{project}/{path}`, api: `${address}${base}` },
    address: { host: new URL(address).host, project: "acme/rocket" },
    branch: "plan-artifacts",
  };
  const copy = new LocalCopy(null, null, { changed() {}, wrote() {}, trouble() {} });
  copy.adopt(plan.updatesSince());
  const operation = comment("Mine");
  void copy.apply(parseOperation(operation, RITA), operation);
  return { plan, copy, repository, target: { repository, token: "token", folder: FOLDER } };
}

function put(host: GitLab | Gitea, plan: PlanDocument, message: string, folder = FOLDER): void {
  const json = Buffer.from(planJson(plan.plan()));
  const loro = Buffer.from(plan.updatesSince());
  host.commit({ [`${folder}/plan.json`]: json, [`${folder}/plan.loro`]: loro }, message);
}

function onBranch(host: GitLab | Gitea, folder = FOLDER): PlanDocument {
  return PlanDocument.load([new Uint8Array(host.files.get(`${folder}/plan.loro`)!)]);
}

test.each(HOSTS)(
  "%s: what was written goes to the branch in one commit",
  async (kind, Host, base) => {
    const host = new Host();
    const { copy, target } = await stage(kind, host, base);
    expect(await publishToBranch(copy, target)).toBe(host.commits[1]);
    expect(said(onBranch(host))).toEqual(["Mine"]);
    const { plan } = JSON.parse(String(host.files.get(`${FOLDER}/plan.json`)));
    expect(plan.annotations[0].content).toBe("Mine");
    expect(host.messages).toEqual(["Publish", "Publish plan sessions (draft)"]);
  },
);

test.each(HOSTS)("%s: who was faster is merged, never overwritten", async (kind, Host, base) => {
  const host = new Host();
  const { copy, plan, target } = await stage(kind, host, base);
  const others = ["First", "Second"];
  host.before = () => {
    const content = others.shift();
    if (!content) return;
    act(plan, AGENT, "annotate", { type: "concern", content, target: { type: "plan" } });
    put(host, plan, `Theirs: ${content}`);
  };
  await publishToBranch(copy, target);
  expect(said(onBranch(host)).sort()).toEqual(["First", "Mine", "Second"]);
  expect(host.messages).toHaveLength(4);
  expect(said(copy.document).sort()).toEqual(["First", "Mine", "Second"]);
});

test.each(HOSTS)("%s: a token that may not write is said to be so", async (kind, Host, base) => {
  const host = new Host();
  const { copy, target } = await stage(kind, host, base);
  await expect(publishToBranch(copy, { ...target, token: "other" })).rejects.toMatchObject({
    code: "forbidden",
    hint: expect.stringContaining("save your review as a file"),
  });
});

test.each(HOSTS)(
  "%s: a plan that got its pull request is found there",
  async (kind, Host, base) => {
    const host = new Host();
    const { copy, target } = await stage(kind, host, base);
    await publishToBranch(copy, { ...target, folder: "drafts/plan-sessions" });
    expect(said(onBranch(host))).toEqual(["Mine"]);
    host.files.clear();
    await expect(publishToBranch(copy, target)).rejects.toMatchObject({ code: "not_found" });
  },
);

test.each(HOSTS)("%s: another plan under the same id is left alone", async (kind, Host, base) => {
  const host = new Host();
  const { copy, target } = await stage(kind, host, base);
  put(host, newPlan("Another"), "Anew");
  await expect(publishToBranch(copy, target)).rejects.toMatchObject({ code: "stale" });
  expect(onBranch(host).title).toBe("Another");
});

test("a host whose API a page cannot write by is known before", async () => {
  const host = { raw: "", api: "https://api.bitbucket.org/2.0", kind: "bitbucket" };
  const address = { host: "bitbucket.org", project: "a/b" };
  expect(canWrite({ host, address, branch: "b" })).toBe(false);
  expect(canWrite({ host: { ...host, kind: "github" }, address, branch: "b" })).toBe(true);
  expect(canWrite({ host: { ...host, kind: "github", api: "" }, address, branch: "b" })).toBe(
    false,
  );
});
