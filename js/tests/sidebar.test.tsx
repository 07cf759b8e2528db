import { ServerConnection } from "@jupyterlab/services";
import { act, fireEvent, render, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Listing } from "../src/lab/listing";
import { PlanList } from "../src/lab/plan_list";
import { PlanServer, type Summary } from "../src/lab/server";

const NOW = Math.floor(Date.now() / 1000);

function summary(id: string, rough: Partial<Summary> = {}): Summary {
  return {
    id,
    title: id,
    status: "draft",
    pr: null,
    repo: null,
    updated: NOW,
    unread: 0,
    open: 0,
    agent: { state: "none", name: "" },
    ...rough,
  };
}

type Answer = () => Response;

const json = (body: object, status = 200) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/json" },
  });
const html = (status: number) =>
  new Response("<html></html>", { status, headers: { "Content-Type": "text/html" } });

/** The server's events, as the browser's end of its socket sees them. */
class Socket {
  static made: Socket[] = [];
  onopen = () => undefined;
  onclose = () => undefined;
  onmessage: (event: { data: string }) => void = () => undefined;

  constructor(readonly url: string) {
    Socket.made.push(this);
  }

  close() {}
}

let listing: Listing | undefined;
beforeEach(() => {
  Socket.made = [];
  vi.stubGlobal("WebSocket", Socket);
});
afterEach(() => listing?.stop());

/** The side area in front of a server that answers as it is told. */
async function shown(answer: Answer) {
  const server = { answer };
  const opened: string[] = [];
  let asked = 0;
  const settings = ServerConnection.makeSettings({
    baseUrl: "http://localhost/",
    wsUrl: "ws://localhost/",
    fetch: async () => server.answer(),
  });
  listing = new Listing(new PlanServer(settings));
  const list = (
    <PlanList
      listing={listing}
      open={(id) => opened.push(id)}
      ask={() => {
        asked += 1;
      }}
    />
  );
  const { container } = render(list);
  await act(() => listing!.start());
  return { screen: within(container), server, opened, asked: () => asked };
}

const listed = (...plans: Summary[]) => shown(() => json({ plans, losses: [] }));

test("plans are listed, the last changed first", async () => {
  const { screen } = await listed(
    summary("old", { updated: NOW - 900 }),
    summary("new", { updated: NOW }),
  );
  const rows = screen.getAllByRole("listitem").map((row) => row.textContent);
  expect(rows).toEqual([expect.stringContaining("new"), expect.stringContaining("old")]);
});

test.each([
  ["draft", "Draft"],
  ["pending_review", "Waiting for review"],
  ["changes_requested", "Changes requested"],
  ["approved", "Approved"],
] as const)("a plan that is %s says so", async (status, words) => {
  const { screen } = await listed(summary("one", { status }));
  expect(screen.getByText(words).className).toBe(`peerplan-${status}`);
});

test("a row tells what there is to do", async () => {
  const agent = { state: "waiting", name: "claude" } as const;
  const { screen } = await listed(summary("one", { pr: 12, open: 3, agent }));
  const row = screen.getByRole("button", { name: /one/ });
  expect(row.textContent).toContain("PR 12 · 3 open · agent waiting · now");
});

test("what is unread is counted for eyes and ears", async () => {
  const { screen } = await listed(summary("one", { unread: 4 }), summary("two"));
  expect(screen.getByRole("img", { name: "4 unread" }).textContent).toBe("4");
  expect(screen.getAllByRole("img")).toHaveLength(1);
});

test("a press opens the plan", async () => {
  const { screen, opened } = await listed(summary("one"), summary("two"));
  fireEvent.click(screen.getByRole("button", { name: /two/ }));
  expect(opened).toEqual(["two"]);
});

test("a plan that is not here yet is asked for by name", async () => {
  const { screen, asked } = await listed();
  expect(screen.getByText("No plans yet.")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Open plan…" }));
  expect(asked()).toBe(1);
});

test("the filter knows title, repository and status", async () => {
  const { screen } = await listed(
    summary("one", { title: "Redis sessions" }),
    summary("two", { repo: "ada/engine" }),
    summary("three", { status: "approved" }),
  );
  const filter = screen.getByRole("searchbox", { name: "Filter plans" });
  for (const [words, found] of [
    ["redis", "Redis"],
    ["ENGINE", "two"],
    ["approved", "three"],
  ]) {
    fireEvent.change(filter, { target: { value: words } });
    expect(screen.getAllByRole("listitem")).toHaveLength(1);
    expect(screen.getByRole("listitem").textContent).toContain(found);
  }
  fireEvent.change(filter, { target: { value: "nothing like it" } });
  expect(screen.getByText("No plan has that in its title.")).toBeTruthy();
});

test("the list is read again when the server tells of a change", async () => {
  const { screen, server } = await listed(summary("one"));
  server.answer = () => json({ plans: [summary("one", { unread: 1 })], losses: [] });
  await act(async () => Socket.made[0]!.onmessage({ data: '{"kind": "changed"}' }));
  expect(screen.getByRole("img", { name: "1 unread" })).toBeTruthy();
});

test("what a broken journal took away is said above the plans", async () => {
  const losses = ["Never published, and not read back: tokens.", "The file is moved.corrupt."];
  const { screen } = await shown(() => json({ plans: [summary("one")], losses }));
  expect(screen.getByRole("status").textContent).toBe(
    `The journal of plans was broken. ${losses.join(" ")}`,
  );
  expect(screen.getByRole("button", { name: /one/ })).toBeTruthy();
});

test("a server without peerplan says how to get it", async () => {
  const { screen } = await shown(() => html(404));
  expect(screen.getByText("This server has no peerplan.")).toBeTruthy();
  expect(screen.getByText(/Install peerplan-jupyter/)).toBeTruthy();
  expect(Socket.made).toEqual([]);
});

test("a server that does not answer leaves the list as it was", async () => {
  const { screen, server } = await listed(summary("one"));
  server.answer = () => {
    throw new TypeError("Failed to fetch");
  };
  await act(() => listing!.refresh());
  expect(screen.getByRole("status").textContent).toBe(
    "The server does not answer. This is the list as it was.",
  );
  expect(screen.getByRole("button", { name: /one/ })).toBeTruthy();
  server.answer = () => json({ plans: [summary("one")], losses: [] });
  await act(() => listing!.refresh());
  expect(screen.queryByRole("status")).toBeNull();
});

test("a refusal is told in the server's words", async () => {
  const error = { message: "The journal is full.", hint: "Make room." };
  const { screen } = await shown(() => json({ error }, 507));
  expect(screen.getByRole("status").textContent).toContain("The journal is full. Make room.");
});

test("a proxy without the server behind it is not taken for a server without peerplan", async () => {
  const { screen } = await shown(() => html(503));
  expect(screen.queryByText("This server has no peerplan.")).toBeNull();
  expect(screen.getByRole("status").textContent).toContain("503");
});
