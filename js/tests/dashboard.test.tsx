import { act, fireEvent, render, within } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { Dashboard } from "../src/dashboard/dashboard";
import { TeamFeed } from "../src/dashboard/server";
import type { RunRow, TaskRow, Dashboard as Team } from "../src/model/generated/team";

const SHOP = { key: "a", name: "shop", cost: 6 };
const SITE = { key: "b", name: "site" };

function run(project: string, who: string, rough: Partial<RunRow> = {}): RunRow {
  const named = { task: `TASK-${who}`, title: who, told: who, tag: "", machine: "", branch: "" };
  const now = { status: "running", phase: "test", started: "", seen: 1, live: true, plan: "" };
  return { project, who, known: true, phases: [], ...named, ...now, ...rough };
}

function task(project: string, name: string, rough: Partial<TaskRow> = {}): TaskRow {
  const now = { title: name, status: "running", phase: "test", people: [], live: true, seen: 1 };
  return { project, task: `TASK-${name}`, ...now, ...rough };
}

function team(rough: Partial<Team> = {}): Team {
  const none = { projects: [], runs: [], tasks: [], people: [] };
  return { presence_seconds: 90, keep_days: 30, ...none, ...rough };
}

/** The dashboard in front of a server that answers as it is told. */
async function shown(first: Team) {
  const answer = vi.fn(async () => Response.json(first));
  vi.stubGlobal("fetch", answer);
  const feed = new TeamFeed("api/team/dashboard", "api/team/events");
  const { container } = render(<Dashboard feed={feed} />);
  await act(() => feed.ask());
  return { screen: within(container), feed, answer };
}

test("nothing reported says how to begin", async () => {
  const { screen } = await shown(team());
  expect(screen.getByText("Nothing has been reported yet.")).toBeTruthy();
});

test("a project that is chosen leaves the others out, with their cost", async () => {
  const { screen } = await shown(
    team({
      projects: [SHOP, SITE],
      total_cost: 6,
      runs: [run("a", "Ada"), run("b", "Bo")],
      tasks: [task("a", "Ada"), task("b", "Bo")],
    }),
  );
  expect(screen.getAllByRole("row")).toHaveLength(3);
  fireEvent.change(screen.getByRole("combobox"), { target: { value: "b" } });
  expect(screen.getAllByRole("row")).toHaveLength(2);
  expect(screen.queryByText("$6.00")).toBeNull();
});

test("a run that went silent is not shown as running", async () => {
  const { screen } = await shown(
    team({ projects: [SHOP], tasks: [task("a", "Ada", { live: false, seen: 600 })] }),
  );
  expect(screen.getByText("Not heard of")).toBeTruthy();
  expect(screen.getByText("Nobody runs anything right now.")).toBeTruthy();
});

test("a task that only git knows has its state and was never heard of", async () => {
  const { screen } = await shown(
    team({
      projects: [SHOP],
      tasks: [task("a", "Ada", { status: "planned", phase: "", live: false, seen: undefined })],
    }),
  );
  expect(screen.getByText("Planned")).toBeTruthy();
  expect(screen.getAllByText("–").length).toBeGreaterThan(0);
});

test("a server that does not answer leaves the dashboard as it was", async () => {
  const { screen, feed, answer } = await shown(
    team({ projects: [SHOP], runs: [run("a", "Ada")], tasks: [task("a", "Ada")] }),
  );
  answer.mockRejectedValueOnce(new TypeError("Failed to fetch"));
  await act(() => feed.ask());
  expect(screen.getByRole("status").textContent).toContain("This is how it was.");
  expect(screen.getAllByRole("row")).toHaveLength(2);
  answer.mockResolvedValueOnce(new Response("", { status: 403 }));
  await act(() => feed.ask());
  expect(screen.getByRole("status").textContent).toContain("sign in");
});

/** A socket that says what it is told to. */
class Saying {
  static readonly OPEN = 1;
  static readonly CLOSED = 3;
  static made: Saying[] = [];
  readyState = Saying.OPEN;
  onmessage = () => {};

  constructor(readonly url: URL) {
    Saying.made.push(this);
  }

  close() {
    this.readyState = Saying.CLOSED;
  }
}

test("what is reported is shown when the server says that something came", async () => {
  vi.stubGlobal("WebSocket", Saying);
  const { screen, feed, answer } = await shown(team());
  await act(async () => feed.start());
  expect(answer).toHaveBeenCalledTimes(2);
  const [socket] = Saying.made;
  expect(socket?.url.href).toMatch(/^ws:.*api\/team\/events$/);
  const now = team({ projects: [SHOP], runs: [run("a", "Ada")], tasks: [task("a", "Ada")] });
  answer.mockResolvedValueOnce(Response.json(now));
  await act(async () => socket?.onmessage());
  expect(screen.getAllByRole("row")).toHaveLength(2);
  feed.stop();
  expect(socket?.readyState).toBe(Saying.CLOSED);
});
