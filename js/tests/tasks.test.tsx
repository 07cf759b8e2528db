import { ServerConnection } from "@jupyterlab/services";
import { act, fireEvent, render, within } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { PlanServer } from "../src/lab/server";
import { TaskSection } from "../src/lab/task_list";
import { TaskListing } from "../src/lab/tasks";
import type { TaskLine, TaskList } from "../src/model/generated/team";

function task(id: string, rough: Partial<TaskLine> = {}): TaskLine {
  const nothing = { phase: "", creator: "", assignee: "", plan: "", holder: "", note: "" };
  const fresh = { ...nothing, title: id, status: "planned", weight: "small", problem: "" };
  return { id, uid: id, ...fresh, executors: [], ...rough };
}

function team(...tasks: TaskLine[]): TaskList {
  return { project: "shop", mode: "p2p", tasks, warnings: [], omitted: 0 };
}

const run = (name: string, status: string) => ({
  name,
  status,
  tag: "am",
  phase: "test",
  branch: "",
  updated: "",
});

let tasks: TaskListing | undefined;
afterEach(() => tasks?.stop());

/** The section in front of a server that answers as it is told. */
async function shown(list: TaskList | null) {
  const server = { answer: () => new Response() };
  const asked: string[] = [];
  const opened: string[] = [];
  const say = (body: unknown, status = 200) => {
    const headers = { "Content-Type": "application/json" };
    server.answer = () => new Response(JSON.stringify(body), { status, headers });
  };
  const settings = ServerConnection.makeSettings({
    baseUrl: "http://localhost/",
    wsUrl: "ws://localhost/",
    fetch: async (request) => {
      asked.push(new URL((request as Request).url).search);
      return server.answer();
    },
  });
  say({ list });
  tasks = new TaskListing(new PlanServer(settings));
  const { container } = render(<TaskSection tasks={tasks} open={(id) => opened.push(id)} />);
  await act(() => tasks!.start());
  return { screen: within(container), say, server, opened, asked };
}

test("tasks are listed with their id, state, phase, and who is at work", async () => {
  const { screen } = await shown(
    team(
      task("TASK-AM-001", {
        title: "Sessions",
        status: "running",
        phase: "test",
        executors: [run("Ada", "running"), run("Bo", "stopped")],
      }),
      task("TASK-AM-002", { assignee: "Bo" }),
    ),
  );
  const [one, two] = screen.getAllByRole("listitem").map(({ textContent }) => textContent);
  expect(one).toBe("SessionsTASK-AM-001Running · test · Ada");
  expect(two).toBe("TASK-AM-002TASK-AM-002Planned · for Bo");
});

test("a task with a plan opens its review, another does not", async () => {
  const { screen, opened } = await shown(
    team(task("TASK-001", { plan: "sessions", status: "waiting" }), task("TASK-002")),
  );
  expect(screen.queryByRole("button", { name: /TASK-002/ })).toBeNull();
  fireEvent.click(screen.getByRole("button", { name: /TASK-001/ }));
  expect(opened).toEqual(["sessions"]);
});

test("what cannot be read is shown as such, with why", async () => {
  const problem = "task.yaml: a conflict of a merge";
  const { screen } = await shown(
    team(task("TASK-001", { title: "", status: "unreadable", problem })),
  );
  expect(screen.getByRole("listitem").textContent).toBe(`? unreadableTASK-001${problem}`);
});

test("without a repository there is no section", async () => {
  const { screen } = await shown(null);
  expect(screen.queryByRole("region")).toBeNull();
});

test("who works alone is offered neither remote nor dashboard", async () => {
  const { screen } = await shown({ ...team(task("TASK-001")), mode: "solo" });
  expect(screen.queryByRole("button")).toBeNull();
  expect(screen.queryByRole("link")).toBeNull();
});

test("the remote is asked when somebody wants that only", async () => {
  const { screen, say, asked } = await shown(team());
  expect(screen.getByText(/No tasks yet/)).toBeTruthy();
  say({ list: team(task("TASK-BJ-001")) });
  await act(async () => fireEvent.click(screen.getByRole("button", { name: "Fetch" })));
  expect(screen.getByRole("listitem").textContent).toContain("TASK-BJ-001");
  expect(asked.map((query) => query.includes("fetch=1"))).toEqual([false, true]);
});

test("a server that refuses leaves the tasks as they were, and says why", async () => {
  const { screen, say } = await shown(team(task("TASK-001")));
  say({ error: { message: "team.mode is nowhere.", hint: "" } }, 400);
  await act(() => tasks!.refresh());
  expect(screen.getByRole("listitem").textContent).toContain("TASK-001");
  expect(screen.getByRole("status").textContent).toBe("team.mode is nowhere.");
});

test("a link leads to the dashboard", async () => {
  const { screen } = await shown(team());
  const link = screen.getByRole("link", { name: "Dashboard" });
  expect(new URL(link.getAttribute("href")!).pathname).toBe("/peerplan/team");
});
