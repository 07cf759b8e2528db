import type { SentOperation } from "../src/model/view";
import { MessageSession } from "../src/session/message_session";
import { mount } from "../src/ui/mount";
import { MemoryHost } from "./memory_host";
import { manyAnnotations, sampleView } from "./sample";
import { files } from "./sample_files";

const query = new URLSearchParams(location.search);
const many = Number(query.get("many") ?? 0);
const theme = (query.get("theme") ?? "auto") as "auto" | "light" | "dark";

function view() {
  const sample = sampleView();
  const state = query.get("state");
  if (state === "norevision") sample.plan = { ...sample.plan, revisions: [], approval: undefined };
  if (state === "agent") sample.live = { ...sample.live, me: { ...sample.live.me, kind: "agent" } };
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

const host = new MemoryHost(view(), { delay: 250, files, refuse });
const session = new MessageSession(host, { outbox: "dev" });
mount(document.querySelector<HTMLElement>("#review")!, session, { theme });
Object.assign(globalThis, { host, session });
