import { act, fireEvent, within } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import type { HostOptions } from "../dev/memory_host";
import type { Annotation, Plan } from "../src/model/view";
import { place } from "../src/ui/annotations/placing";
import { diffStatistics } from "../src/ui/evidence/diff_statistics";
import { parseTests } from "../src/ui/evidence/test_results";
import { inOrder } from "../src/ui/order";
import { sizeOf } from "../src/ui/size";
import { likeABrowser, MeasuringObserver, shown } from "./support/shown";

beforeEach(likeABrowser);

test("the page says what it is, how it stands and which revision is asked about", async () => {
  const { screen } = await shown();
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe(
    "Move session storage to Redis",
  );
  expect(screen.getByText("Changes requested")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Approve r3" })).toBeTruthy();
});

test("a comment on the plan appears as soon as it is sent", async () => {
  const { host, screen } = await shown();
  fireEvent.click(screen.getByRole("button", { name: "Comment on the plan as a whole" }));
  const field = screen.getByRole("textbox", { name: "What do you want to know?" });
  fireEvent.change(field, { target: { value: "Why now?" } });
  await act(async () => fireEvent.keyDown(field, { key: "Enter", ctrlKey: true }));
  expect(screen.getByText("Why now?")).toBeTruthy();
  expect(host.view.plan.annotations.at(-1)?.content).toBe("Why now?");
});

test("a refused comment comes back with its words and the reason", async () => {
  const error = { code: "stale", message: "The plan moved on.", hint: "" };
  const { screen } = await shown(undefined, { refuse: () => error });
  fireEvent.click(screen.getByRole("button", { name: "Comment on the plan as a whole" }));
  const field = screen.getByRole("textbox", { name: "What do you want to know?" });
  fireEvent.change(field, { target: { value: "Kept words" } });
  await act(async () => fireEvent.keyDown(field, { key: "Enter", ctrlKey: true }));
  expect(screen.getByRole("alert").textContent).toContain("The plan moved on.");
  const again = screen.getByRole<HTMLTextAreaElement>("textbox", { name: /want to know/ });
  expect(again.value).toBe("Kept words");
});

test("a half-written comment is there after a reload", async () => {
  const before = await shown();
  fireEvent.click(before.screen.getByRole("button", { name: "Comment on the plan as a whole" }));
  const field = before.screen.getByRole("textbox", { name: "What do you want to know?" });
  fireEvent.change(field, { target: { value: "Half a thou" } });
  const after = await shown();
  const again = after.screen.getByRole<HTMLTextAreaElement>("textbox", { name: /want to know/ });
  expect(again.value).toBe("Half a thou");
});

test("Escape leaves a half-written comment without throwing it away", async () => {
  const { screen, root } = await shown();
  fireEvent.click(screen.getByRole("button", { name: "Comment on the plan as a whole" }));
  const field = screen.getByRole<HTMLTextAreaElement>("textbox", { name: /want to know/ });
  fireEvent.change(field, { target: { value: "Half a thought" } });
  fireEvent.keyDown(field, { key: "Escape" });
  expect(field.value).toBe("Half a thought");
  expect(root.activeElement).toBe(root.querySelector(".review"));
  fireEvent.keyDown(root.activeElement!, { key: "Escape" });
  expect(screen.queryByRole("textbox", { name: /want to know/ })).toBeNull();
  fireEvent.keyDown(root.activeElement!, { key: "c" });
  const again = screen.getByRole<HTMLTextAreaElement>("textbox", { name: /want to know/ });
  expect(again.value).toBe("Half a thought");
});

test("a half-written comment waits with what it is about, and turns up nowhere else", async () => {
  const { screen, root } = await shown();
  fireEvent.click(screen.getByRole("button", { name: "Comment on the plan as a whole" }));
  const field = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: /want to know/ });
  fireEvent.change(field(), { target: { value: "About the plan" } });
  fireEvent.click(screen.getByRole("button", { name: "Comment on this step: Session adapter" }));
  expect(field().value).toBe("");
  fireEvent.change(field(), { target: { value: "About the step" } });
  fireEvent.keyDown(field(), { key: "Escape" });
  fireEvent.keyDown(root.activeElement!, { key: "Escape" });
  expect(screen.queryByRole("textbox", { name: /want to know/ })).toBeNull();
  const drafts = screen.getAllByRole("region", { name: "Draft" });
  expect(drafts.map((one) => one.querySelector(".text")?.textContent)).toEqual([
    "About the plan",
    "About the step",
  ]);
  fireEvent.click(within(drafts[1]!).getByRole("button", { name: "Go on" }));
  expect(field().value).toBe("About the step");
  expect(screen.getAllByRole("region", { name: "Draft" })).toHaveLength(1);
});

test("a draft outlives a reload, is sent about its own target, and can be discarded", async () => {
  const before = await shown();
  for (const name of ["Comment on the plan as a whole", "Comment on this step: Roll-out"]) {
    fireEvent.click(before.screen.getByRole("button", { name }));
    const field = before.screen.getByRole("textbox", { name: /want to know/ });
    fireEvent.change(field, { target: { value: name } });
  }
  const { host, screen } = await shown();
  const draft = screen.getByRole("region", { name: "Draft" });
  const field = screen.getByRole("textbox", { name: /want to know/ });
  await act(async () => fireEvent.keyDown(field, { key: "Enter", ctrlKey: true }));
  expect(host.view.plan.annotations.at(-1)?.target).toMatchObject({ type: "step" });
  fireEvent.click(within(draft).getByRole("button", { name: "Discard" }));
  expect(screen.queryByRole("region", { name: "Draft" })).toBeNull();
  fireEvent.click(screen.getByRole("button", { name: "Comment on the plan as a whole" }));
  const again = screen.getByRole<HTMLTextAreaElement>("textbox", { name: /want to know/ });
  expect(again.value).toBe("");
});

test("an approval names the revision and its digest", async () => {
  const { host, screen } = await shown();
  const revision = host.view.plan.revisions.at(-1)!;
  fireEvent.click(screen.getByRole("button", { name: "Approve r3" }));
  const field = screen.getByRole("textbox", { name: "Summary of your review" });
  await act(async () => fireEvent.keyDown(field, { key: "Enter", ctrlKey: true }));
  expect(host.view.plan.reviews.at(-1)).toMatchObject({
    verdict: "approved",
    revision: revision.id,
    digest: revision.digest,
  });
  expect(screen.getByText(/You approved r3/)).toBeTruthy();
});

test("a verdict is never given on a revision that came while it was written", async () => {
  const { host, screen } = await shown();
  const last = host.view.plan.revisions.at(-1)!;
  fireEvent.click(screen.getByRole("button", { name: "Approve r3" }));
  const field = screen.getByRole("textbox", { name: "Summary of your review" });
  const newer = { ...last, id: `${last.id}X`, number: 4, digest: `sha256:${"e".repeat(64)}` };
  await act(async () => void host.change({ revisions: { [newer.id]: newer } }));
  await act(async () => fireEvent.keyDown(field, { key: "Enter", ctrlKey: true }));
  expect(host.received.some((message) => message.kind === "submit")).toBe(false);
  expect(screen.getByRole("alert").textContent).toContain("r4 came while you were writing.");
  fireEvent.click(screen.getByRole("button", { name: "I have read r4" }));
  await act(async () => fireEvent.keyDown(field, { key: "Enter", ctrlKey: true }));
  expect(host.view.plan.reviews.at(-1)).toMatchObject({ revision: newer.id });
});

test("the reviews of a revision are there to read, and those before it", async () => {
  const { screen, root } = await shown();
  fireEvent.click(screen.getByRole("button", { name: "1 of 2 approvals" }));
  expect(screen.getByRole("region", { name: "Reviews of r3" }).textContent).toContain("Mira Kovač");
  expect(screen.getByText("Good to go.")).toBeTruthy();
  expect(screen.getByText("1 earlier review")).toBeTruthy();
  fireEvent.keyDown(screen.getByText("Good to go."), { key: "Escape" });
  expect(screen.queryByText("Good to go.")).toBeNull();
  expect(root.activeElement?.textContent).toContain("1 of 2");
});

/** The fields of the policy, which the person has asked to change. */
async function changing(options: HostOptions = {}) {
  const found = await shown(undefined, options);
  const { screen } = found;
  fireEvent.click(screen.getByRole("button", { name: "1 of 2 approvals" }));
  expect(screen.getByText(/Approved with 2 approvals; the author’s does not count/)).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Change" }));
  const needed = screen.getByRole("spinbutton", { name: "Approvals needed" });
  const save = async (approvals: string) => {
    fireEvent.change(needed, { target: { value: approvals } });
    await act(async () => fireEvent.click(screen.getByRole("button", { name: "Save" })));
  };
  return { ...found, save };
}

test("a person can change how many approvals are needed, and sees it at once", async () => {
  const { host, screen, save } = await changing();
  act(() => host.disconnect());
  await save("3");
  expect(screen.getByRole("button", { name: "1 of 3 approvals" })).toBeTruthy();
  expect(screen.getByText(/Approved with 3 approvals/)).toBeTruthy();
  await act(async () => host.connect());
  const sent = host.received.find((message) => message.kind === "submit")?.operation;
  expect(sent).toMatchObject({ op: "set_policy", approvals: 3 });
  expect(sent).not.toHaveProperty("excludeAuthor");
});

test("a person can let the author's approval count", async () => {
  const { host, screen, save } = await changing();
  fireEvent.click(screen.getByRole("checkbox", { name: "The author’s approval counts" }));
  await save("2");
  expect(host.view.plan.policy).toEqual({ approvals: 2, excludeAuthor: false });
});

test("a policy that is not one cannot be saved", async () => {
  const { host, screen, save } = await changing();
  await save("0");
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Save" }).disabled).toBe(true);
  expect(host.received.some((message) => message.kind === "submit")).toBe(false);
});

test("a refused change of the policy is taken back, and says why", async () => {
  const error = { code: "forbidden", message: "Only people may do that.", hint: "" };
  const { screen, save } = await changing({ refuse: () => error });
  await save("1");
  expect(screen.getByRole("alert").textContent).toContain("Only people may do that.");
  expect(screen.getByRole("button", { name: "1 of 2 approvals" })).toBeTruthy();
});

test("an agent reads the policy, and is not offered to change it", async () => {
  const { screen } = await shown((view) => ({
    ...view,
    live: { ...view.live, me: { ...view.live.me, kind: "agent" } },
  }));
  fireEvent.click(screen.getByRole("button", { name: "1 of 2 approvals" }));
  expect(screen.getByText(/Approved with 2 approvals/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Change" })).toBeNull();
});

test("an agent is not offered to approve", async () => {
  const { screen } = await shown((view) => ({
    ...view,
    live: { ...view.live, me: { ...view.live.me, kind: "agent" } },
  }));
  expect(screen.queryByRole("button", { name: /Approve/ })).toBeNull();
  expect(screen.getByRole("button", { name: "Request changes" })).toBeTruthy();
});

test("without a revision no verdict can be given, and the page says why", async () => {
  const { screen } = await shown((view) => ({ ...view, plan: { ...view.plan, revisions: [] } }));
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Request changes" }).disabled).toBe(
    true,
  );
  expect(screen.getByText("Nobody has asked for a review yet.", { exact: false })).toBeTruthy();
});

test("the keys go from comment to comment and close them", async () => {
  const { host, root } = await shown();
  const review = root.querySelector(".review")!;
  const [first] = inOrder(host.view.plan).filter((one) => one.state === "open");
  act(() => void fireEvent.keyDown(review, { key: "j" }));
  expect(root.querySelector(".thread.open")?.getAttribute("data-thread")).toBe(first!.id);
  await act(async () => void fireEvent.keyDown(review, { key: "e" }));
  expect(host.view.plan.annotations.find((one) => one.id === first!.id)?.state).toBe("resolved");
});

test("a comment whose text is gone keeps its quote and can be attached anew", async () => {
  const { screen, root } = await shown();
  const list = root.querySelector<HTMLElement>(".unanchored")!;
  expect(within(list).getByText("Redis has no memory limit")).toBeTruthy();
  act(() => void fireEvent.click(within(list).getByText("Redis has no memory limit")));
  fireEvent.click(within(list).getByRole("button", { name: "Attach to other text" }));
  expect(screen.getByText(/then choose “Attach here”/)).toBeTruthy();
});

test("a review without room can be laid over the window and put back", async () => {
  Object.assign(globalThis, { ResizeObserver: MeasuringObserver });
  const { screen, root } = await shown();
  const host = root.host as HTMLElement;
  expect(screen.getByText("Too narrow to review here.")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Enlarge" }));
  expect(host.dataset.enlarged).toBe("");
  expect(screen.getByRole("button", { name: "Approve r3" })).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Back" }));
  expect(host.dataset.enlarged).toBeUndefined();
  fireEvent.click(screen.getByRole("button", { name: "Enlarge" }));
  fireEvent.keyDown(root.querySelector(".review")!, { key: "Escape" });
  expect(host.dataset.enlarged).toBeUndefined();
});

test("the room decides what is shown, from a window down to a slit", () => {
  expect([1280, 900, 420, 230, 70].map(sizeOf)).toEqual([
    "wide",
    "middle",
    "narrow",
    "narrow",
    "slim",
  ]);
});

test("cards keep their order, never overlap, and the chosen one is where it belongs", () => {
  const wishes = [10, 12, 14, 300].map((top) => ({ top, height: 50 }));
  expect(place(wishes, 10)).toEqual([10, 70, 130, 300]);
  expect(place(wishes, 10, 2)).toEqual([-106, -46, 14, 300]);
});

test("a chosen card makes room for those before it while it stays in sight", () => {
  const wishes = [10, 12, 14, 100].map((top) => ({ top, height: 50 }));
  expect(place(wishes, 10, 2, 400)).toEqual([0, 60, 120, 180]);
  expect(place(wishes, 10, 2, 44)).toEqual([-76, -16, 44, 104]);
});

test("JUnit results list what failed first", () => {
  const tests = parseTests(`<testsuite>
    <testcase classname="a" name="fine" time="0.5"/>
    <testcase classname="a" name="broken"><failure message="no">trace</failure></testcase>
    <testcase classname="a" name="left"><skipped/></testcase></testsuite>`);
  expect(tests.cases.map((one) => one.name)).toEqual(["broken", "left", "fine"]);
  expect(tests.cases[0]!.output).toBe("no\ntrace");
  expect(tests.counts).toEqual({ failed: 1, error: 0, skipped: 1, passed: 1 });
});

test("a pytest report is read as well", () => {
  const report = {
    tests: [
      { nodeid: "t.py::test_a", outcome: "passed", call: { duration: 0.25 } },
      { nodeid: "t.py::test_b", outcome: "failed", call: { longrepr: "assert 0" } },
    ],
  };
  const tests = parseTests(JSON.stringify(report));
  expect(tests.cases[0]).toMatchObject({ name: "test_b", group: "t.py", output: "assert 0" });
  expect(tests.cases[1]!.duration).toBe(0.25);
});

test("what is neither is said not to be", () => {
  expect(() => parseTests("<html></html>")).toThrow();
  expect(() => parseTests("{}")).toThrow();
});

test("a diff is counted without its headers", () => {
  const text = "--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n-old\n+new\n+more\n";
  expect(diffStatistics(text)).toEqual({ files: 1, added: 2, removed: 1 });
});

test("the text is read while its comments are on their way", async () => {
  const { host, screen } = await shown(undefined, { beginning: true });
  expect(screen.getByRole("heading", { level: 1 }).textContent).toContain("Move session storage");
  expect(screen.getByText("The comments are on their way.")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Open …" })).toBeTruthy();
  await act(async () => host.rest());
  expect(screen.queryByText("The comments are on their way.")).toBeNull();
  expect(screen.getAllByRole("article").length).toBeGreaterThan(1);
});

test("of a long text with many comments all blocks and marks are drawn in the end", async () => {
  const numbers = Array.from({ length: 500 }, (_, number) => number + 100);
  const content = numbers
    .map((number) => `Paragraph ${number}, which says so at some length.`)
    .join("\n\n");
  const { root, host } = await shown(
    ({ plan, ...view }) => ({
      ...view,
      plan: { ...plan, content, annotations: numbers.slice(-100).map(about(plan, content)) },
    }),
    { beginning: true },
  );
  const drawn = () => root.querySelectorAll("[data-block]").length;
  expect(drawn()).toBeLessThan(500);
  await act(async () => host.rest());
  const soon = () => new Promise((resolve) => setTimeout(resolve, 20));
  for (let turn = 0; turn < 1_000 && drawn() < 500; turn += 1) await act(soon);
  expect(drawn()).toBe(500);
  expect(root.querySelectorAll("mark").length).toBe(100);
});

/** Makes an annotation about a paragraph. */
function about({ annotations }: Plan, content: string) {
  const sample = annotations.find((one) => one.target.type === "text")!;
  return (number: number): Annotation => {
    const exact = `Paragraph ${number}`;
    const start = content.indexOf(exact);
    const target = { ...sample.target, quote: { type: "TextQuoteSelector", exact } };
    const anchor = { state: "anchored", start, end: start + exact.length } as const;
    return { ...sample, id: `${sample.id.slice(0, -3)}${number}`, target, anchor } as Annotation;
  };
}
