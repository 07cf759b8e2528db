import { beforeEach, expect, test } from "vitest";
import { type HostOptions, MemoryHost } from "../dev/memory_host";
import { people, sampleView } from "../dev/sample";
import { files } from "../dev/sample_files";
import type { Channel, ChannelEvents, Message } from "../src/session/channel";
import { FailoverChannel } from "../src/session/failover_channel";
import { MessageSession, type MessageSessionOptions } from "../src/session/message_session";
import { SessionError } from "../src/session/session";

beforeEach(() => sessionStorage.clear());

const NOTE = {
  op: "annotate",
  type: "question",
  content: "Why?",
  target: { type: "plan" },
} as const;

/** Until all that was queued by microtasks has been done. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

async function opened(options: HostOptions = {}, more: MessageSessionOptions = {}) {
  const host = new MemoryHost(sampleView(), options);
  const session = new MessageSession(host, more);
  await settled();
  const find = (id: string) =>
    session.getState().view?.plan.annotations.find((one) => one.id === id);
  return { host, session, find };
}

test("what is submitted is there at once, and pending until the host accepts", async () => {
  const { host, session, find } = await opened();
  const id = session.submit(NOTE);
  expect(find(id)?.author).toBe(people.me.id);
  expect(session.getState().pending.has(id)).toBe(true);
  await settled();
  expect(session.getState().pending.has(id)).toBe(false);
  expect(find(id)?.content).toBe("Why?");
  expect(host.view.plan.annotations.some((one) => one.id === id)).toBe(true);
});

test("what is refused goes away, and its reason stays until it is discarded", async () => {
  const error = { code: "stale", message: "Gone.", hint: "Look again." };
  const { session, find } = await opened({ refuse: () => error });
  const id = session.submit(NOTE);
  await settled();
  expect(find(id)).toBeUndefined();
  expect(session.getState().failures[0]).toMatchObject({ operation: { id }, error });
  session.discard(id);
  expect(session.getState().failures).toHaveLength(0);
});

test("a refused operation can be tried again under its own id", async () => {
  let refusing = true;
  const error = { code: "too_large", message: "Too large.", hint: "" };
  const { host, session, find } = await opened({ refuse: () => (refusing ? error : null) });
  const id = session.submit(NOTE);
  await settled();
  refusing = false;
  session.retry(id);
  await settled();
  expect(find(id)).toBeDefined();
  expect([...host.applied]).toEqual([id]);
});

test("what is written offline is counted, shown, and sent once when the connection is back", async () => {
  const { host, session, find } = await opened();
  host.disconnect();
  const ids = [session.submit(NOTE), session.submit({ ...NOTE, content: "And?" })];
  expect(session.getState().view?.live.connection).toMatchObject({ state: "offline", unsent: 2 });
  expect(ids.every((id) => find(id))).toBe(true);
  host.connect();
  await settled();
  expect(session.getState().view?.live.connection.state).toBe("live");
  expect([...host.applied]).toEqual(ids);
  expect(session.getState().pending.size).toBe(0);
});

test("an operation whose answer was lost is applied once", async () => {
  const { host, session, find } = await opened({ delay: 1 });
  await new Promise((resolve) => setTimeout(resolve, 5));
  const id = session.submit(NOTE);
  host.disconnect();
  await new Promise((resolve) => setTimeout(resolve, 5));
  host.connect();
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(find(id)).toBeDefined();
  expect(host.view.plan.annotations.filter((one) => one.id === id)).toHaveLength(1);
  expect(session.getState().pending.size).toBe(0);
});

test("what was not sent outlives a reload of the page", async () => {
  const { host, session } = await opened({}, { outbox: "plan" });
  host.disconnect();
  const id = session.submit(NOTE);
  const again = new MemoryHost(sampleView());
  const reloaded = new MessageSession(again, { outbox: "plan" });
  await settled();
  expect([...again.applied]).toEqual([id]);
  expect(reloaded.getState().pending.size).toBe(0);
});

test("a change that was missed makes the session ask for the view", async () => {
  const { host, session } = await opened();
  host.view = { ...host.view, seq: 7, plan: { ...host.view.plan, title: "Missed" } };
  host.change({ header: { status: "approved" } });
  await settled();
  expect(session.getState().view).toMatchObject({ seq: 8, plan: { title: "Missed" } });
});

test("others' changes keep what is pending on top", async () => {
  const { host, session, find } = await opened({ delay: 5 });
  await new Promise((resolve) => setTimeout(resolve, 20));
  const id = session.submit(NOTE);
  host.change({ header: { title: "Renamed" } });
  expect(session.getState().view?.plan.title).toBe("Renamed");
  expect(find(id)).toBeDefined();
});

test("an artifact comes as a URL of its bytes, once", async () => {
  const { host, session } = await opened({ files });
  const made: Blob[] = [];
  URL.createObjectURL = (blob) => `blob:${made.push(blob as Blob)}`;
  const [one, two] = await Promise.all([session.artifact("diff"), session.artifact("diff")]);
  expect(one).toEqual({ url: "blob:1", mediaType: "text/x-diff" });
  expect(two).toBe(one);
  expect(made[0]!.size).toBe(files.diff!.bytes.byteLength);
  expect(host.received.filter((message) => message.kind === "artifact")).toHaveLength(1);
});

test("a missing artifact is an error that says so", async () => {
  const { session } = await opened();
  await expect(session.artifact("nothing")).rejects.toThrow(SessionError);
});

test("what was read is told once", async () => {
  const { host, session } = await opened();
  session.seen(["a", "b"]);
  session.seen(["b", "c"]);
  await settled();
  const told = host.received.filter((message) => message.kind === "seen");
  expect(told.map((message) => message.items)).toEqual([["a", "b"], ["c"]]);
});

test("a host that closes says why", async () => {
  const { host, session } = await opened();
  host.tell({ kind: "closed", error: { code: "not_found", message: "Gone.", hint: "" } });
  expect(session.getState()).toMatchObject({ phase: "closed", error: { message: "Gone." } });
});

/** A host that takes everything and answers nothing. */
class SilentChannel implements Channel {
  closed = false;

  start(events: ChannelEvents): void {
    events.up();
  }

  send(_message: Message): void {}

  close(): void {
    this.closed = true;
  }
}

test("silence is told, and forgotten with the first word", async () => {
  const session = new MessageSession(new SilentChannel(), { patience: 1 });
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(session.getState().error?.code).toBe("offline");
});

test("where the first channel is silent the second takes over", async () => {
  const silent = new SilentChannel();
  const host = new MemoryHost(sampleView());
  const session = new MessageSession(new FailoverChannel(silent, async () => host, 1));
  const id = session.submit(NOTE);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(silent.closed).toBe(true);
  expect([...host.applied]).toEqual([id]);
  expect(session.getState().phase).toBe("ready");
});

test("where the first channel answers the second is never asked for", async () => {
  let asked = false;
  const second = async () => {
    asked = true;
    return null;
  };
  const host = new MemoryHost(sampleView());
  const session = new MessageSession(new FailoverChannel(host, second, 5));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(session.getState().phase).toBe("ready");
  expect(asked).toBe(false);
});
