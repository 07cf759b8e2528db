// @vitest-environment jsdom
import type { AnyModel } from "@anywidget/types";
import { beforeEach, expect, test } from "vitest";
import { type HostOptions, MemoryHost } from "../dev/memory_host";
import { people, sampleView } from "../dev/sample";
import { files } from "../dev/sample_files";
import type { Channel, ChannelEvents, Message } from "../src/session/channel";
import { CommChannel } from "../src/session/comm_channel";
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

test("what was read, and where one looks, is told when the connection is back", async () => {
  const { host, session } = await opened();
  host.disconnect();
  session.seen(["a"]);
  session.presence("b");
  host.connect();
  await settled();
  expect(host.received.slice(-2)).toEqual([
    { kind: "presence", focus: "b" },
    { kind: "seen", items: ["a"] },
  ]);
});

test("a host that closes says why", async () => {
  const { host, session } = await opened();
  host.tell({ kind: "closed", error: { code: "not_found", message: "Gone.", hint: "" } });
  expect(session.getState()).toMatchObject({ phase: "closed", error: { message: "Gone." } });
});

/** A host that takes everything and answers nothing. */
class SilentChannel implements Channel {
  start(events: ChannelEvents): void {
    events.up();
  }

  send(_message: Message): void {}

  close(): void {}
}

test("silence is told, and forgotten with the first word", async () => {
  const session = new MessageSession(new SilentChannel(), { patience: 1 });
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(session.getState().error?.code).toBe("offline");
});

/** Until the channel has lost its patience, which the tests give it little of. */
const soon = () => new Promise((resolve) => setTimeout(resolve, 30));

async function failover(kernel: Channel, server: () => Promise<Channel | null>) {
  const session = new MessageSession(new FailoverChannel(kernel, server, 5));
  await soon();
  return session;
}

function hostAt(path: string, options: HostOptions = {}): MemoryHost {
  const view = sampleView();
  const connection = { ...view.live.connection, path };
  return new MemoryHost({ ...view, live: { ...view.live, connection } }, options);
}

const pathOf = (session: MessageSession) => session.getState().view?.live.connection;

test("a server with the same plans is used at once, and the kernel left in peace", async () => {
  const [kernel, server] = [hostAt("this kernel"), hostAt("Jupyter server")];
  const session = await failover(kernel, async () => server);
  expect(pathOf(session)).toMatchObject({ state: "live", path: "Jupyter server" });
  expect(kernel.received).toEqual([]);
});

test("without such a server the kernel is used", async () => {
  const session = await failover(hostAt("this kernel"), async () => null);
  expect(pathOf(session)).toMatchObject({ state: "live", path: "this kernel" });
});

test("a server that cannot be asked leaves the kernel", async () => {
  const session = await failover(hostAt("this kernel"), () => Promise.reject(new Error("no")));
  expect(pathOf(session)).toMatchObject({ path: "this kernel" });
});

test("the kernel takes over while the server is gone, and gives back", async () => {
  const [kernel, server] = [hostAt("this kernel"), hostAt("Jupyter server")];
  const session = await failover(kernel, async () => server);
  server.disconnect();
  const id = session.submit(NOTE);
  await soon();
  expect(pathOf(session)).toMatchObject({ state: "live", path: "this kernel" });
  expect([...kernel.applied]).toEqual([id]);
  server.connect();
  await soon();
  expect(pathOf(session)).toMatchObject({ path: "Jupyter server" });
});

test("where both are gone the page says offline, and keeps what is written", async () => {
  const [kernel, server] = [hostAt("this kernel"), hostAt("Jupyter server")];
  const session = await failover(kernel, async () => server);
  server.disconnect();
  kernel.disconnect();
  const id = session.submit(NOTE);
  expect(pathOf(session)).toMatchObject({ state: "offline", unsent: 1 });
  server.connect();
  await soon();
  expect(pathOf(session)).toMatchObject({ state: "live", unsent: 0 });
  expect([...server.applied]).toEqual([id]);
});

test("a kernel that is silent is left as soon as a server is found", async () => {
  const silent = new SilentChannel();
  const server = hostAt("Jupyter server");
  const found = [null, server];
  const session = await failover(silent, async () => found.shift() ?? null);
  const id = session.submit(NOTE);
  await soon();
  expect([...server.applied]).toEqual([id]);
  expect(session.getState().phase).toBe("ready");
});

test("where the kernel answers no server is looked for again", async () => {
  let asked = 0;
  const session = await failover(hostAt("this kernel"), async () => {
    asked += 1;
    return null;
  });
  session.submit(NOTE);
  await soon();
  expect(asked).toBe(1);
});

test("a server that cannot show the plan leaves it to the kernel", async () => {
  const [kernel, server] = [hostAt("this kernel"), hostAt("Jupyter server")];
  const session = await failover(kernel, async () => server);
  server.tell({ kind: "closed", error: { code: "storage", message: "Full.", hint: "" } });
  await soon();
  expect(session.getState().phase).toBe("ready");
  expect(pathOf(session)).toMatchObject({ path: "this kernel" });
});

test("what the kernel was asked in vain is asked of the server", async () => {
  URL.createObjectURL = () => "blob:server";
  const found = [null, hostAt("Jupyter server", { files })];
  const session = await failover(new SilentChannel(), async () => found.shift() ?? null);
  expect((await session.artifact("diff")).url).toBe("blob:server");
});

/** The model of a widget in JupyterLab, with the kernel behind it. */
class KernelModel {
  readonly kernel = new EventTarget();
  readonly sent: Message[] = [];
  readonly widget_manager: object;
  gone = false;

  constructor() {
    const signal = (name: string) => ({
      connect: (slot: (sender: unknown, value: string) => void) =>
        this.kernel.addEventListener(name, (event) => slot(this, (event as CustomEvent).detail)),
      disconnect: () => undefined,
    });
    this.widget_manager = {
      kernel: {
        connectionStatus: "connected",
        statusChanged: signal("status"),
        connectionStatusChanged: signal("connection"),
      },
    };
  }

  on(): void {}
  off(): void {}

  send(message: Message): void {
    if (this.gone) throw new Error("Cannot send");
    this.sent.push(message);
  }

  tell(name: "status" | "connection", detail: string): void {
    this.kernel.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function commOf(model: KernelModel) {
  const events: string[] = [];
  const channel = new CommChannel(model as unknown as AnyModel);
  channel.start({
    up: () => events.push("up"),
    down: (detail) => events.push(detail),
    message: () => undefined,
  });
  return { channel, events };
}

test.each(["restarting", "autorestarting", "starting", "dead"])(
  "a kernel that is %s is said to be gone before anything is sent",
  (status) => {
    const model = new KernelModel();
    const { events } = commOf(model);
    model.tell("status", "busy");
    model.tell("status", status);
    expect(events).toEqual(["up", expect.stringContaining("Run the cell again")]);
  },
);

test("a kernel that cannot be reached for a while is used again", async () => {
  const model = new KernelModel();
  const { events } = commOf(model);
  model.tell("connection", "connecting");
  model.tell("connection", "connected");
  await settled();
  expect(events).toEqual(["up", "The kernel cannot be reached.", "up"]);
});

test("a comm that is closed is noticed by sending", async () => {
  const model = new KernelModel();
  const { channel, events } = commOf(model);
  model.gone = true;
  channel.send({ kind: "open", re: 1 });
  await settled();
  expect(events).toEqual(["up", expect.stringContaining("Run the cell again")]);
});
