import type { SentOperation } from "../src/model/view";
import { MessageSession } from "../src/session/message_session";
import { mount } from "../src/ui/mount";
import { MemoryHost } from "./memory_host";
import { manyAnnotations, sampleView } from "./sample";
import { files } from "./sample_files";
import { asGuest, invitations, shared } from "./sample_room";

const query = new URLSearchParams(location.search);
const many = Number(query.get("many") ?? 0);
const theme = (query.get("theme") ?? "auto") as "auto" | "light" | "dark";

function view() {
  const sample = sampleView();
  const state = query.get("state");
  if (state === "norevision") sample.plan = { ...sample.plan, revisions: [], approval: undefined };
  if (state === "agent") sample.live = { ...sample.live, me: { ...sample.live.me, kind: "agent" } };
  if (state === "owner") return shared(sample);
  if (state === "reviewer" || state === "viewer") return asGuest(sample, state);
  if (state === "revoked") {
    const me = { ...sample.live.me, role: "reviewer" as const, over: "revoked" as const };
    return asGuest(sample, "reviewer", { me, members: [] });
  }
  if (state === "alone") {
    const mine = sample.plan.annotations.filter(({ author }) => author === sample.live.me.id);
    const connection = { ...sample.live.connection, state: "alone" as const, peers: 0, path: "" };
    const unsent = mine.map(({ id }) => id);
    return asGuest(sample, "reviewer", { members: [], presence: [], connection, unsent });
  }
  return many > 0 ? manyAnnotations(sample, many) : sample;
}

function refuse(operation: SentOperation) {
  if (!JSON.stringify(operation).includes("REFUSE")) return null;
  return {
    code: "stale",
    message: "The text is not in the plan any more.",
    hint: "Quote what it says now.",
  };
}

const host = new MemoryHost(view(), {
  delay: 250,
  files,
  refuse,
  invitations: invitations(),
});
const session = new MessageSession(host, { outbox: "dev" });
mount(document.querySelector<HTMLElement>("#review")!, session, { theme });
Object.assign(globalThis, { host, session });
