// @vitest-environment node
import { expect, test } from "vitest";
import vectors from "../../../tests/vectors/urls.json";
import { PeerPlanError } from "../../src/model/errors";
import { parsePlanUrl } from "../../src/page/address";
import { rawUrl } from "../../src/page/hosts";
import { repositoryAddress } from "../../src/page/remote";

const TEMPLATES: Record<string, string> = vectors.templates;

test.each(vectors.plans)("a plan URL says the same here as in Python: $url", (told) => {
  const ref = parsePlanUrl(told.url, new Set([...vectors.knownHosts, ...told.hosts]));
  const { planId, pr, raw, invitation, repository } = ref;
  const address = repository === null ? null : repositoryAddress(repository);
  const { hosts: _, url: __, ...expected } = told;
  const found = { planId, pr, raw, invitation };
  expect({ ...found, repository: address && [address.host, address.project] }).toEqual(expected);
});

test.each(vectors.refused)(
  "what names no plan, or a host that nobody named, is refused: %s",
  (url) => {
    const read = () => parsePlanUrl(url, new Set(vectors.knownHosts));
    expect(read).toThrow(PeerPlanError);
    expect(read).not.toThrow(/hunter2/);
  },
);

test.each(vectors.raw)("a raw file lies where Python says: $remote", (told) => {
  const address = repositoryAddress(told.remote);
  const kinds: Record<string, string> = {
    "github.com": "github",
    "gitlab.com": "gitlab",
    "gitlab.acme.dev:8443": "gitlab",
    "bitbucket.org": "bitbucket",
    "codeberg.org": "gitea",
    "git.kernel.org": "cgit",
    "gitweb.acme.dev": "gitweb",
  };
  const template = told.template ?? kinds[address.host];
  const raw = TEMPLATES[template ?? ""] ?? template;
  if (raw === undefined) return expect(told.url).toBeNull();
  const host = { kind: "", raw, api: "" };
  return expect(rawUrl({ host, address, branch: "plans" }, told.path)).toBe(told.url);
});
