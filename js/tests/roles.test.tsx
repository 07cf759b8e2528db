import { act, fireEvent } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import { people, sampleView } from "../dev/sample";
import { asGuest, members } from "../dev/sample_room";
import type { Live, MemberRole, View } from "../src/model/view";
import { everybody } from "../src/ui/everybody";
import { likeABrowser, shown } from "./support/shown";

beforeEach(likeABrowser);

const as = (role: MemberRole, more?: Partial<Live>) => shown((view) => asGuest(view, role, more));

const over = (view: View): View =>
  asGuest(view, "reviewer", { me: { ...view.live.me, role: "reviewer", over: "revoked" } });

test("who can only read finds nothing to write with, and whom to ask", async () => {
  const { host, screen, root } = await as("viewer");
  expect(screen.getByText("You can read this plan. Ask Mira Kovač to comment.")).toBeTruthy();
  fireEvent.click(root.querySelector("[data-thread]")!);
  for (const name of [/^Comment$/, /^Comment on/, /Approve/, /Request changes/, /^React$/]) {
    expect(screen.queryAllByRole("button", { name })).toEqual([]);
  }
  expect(screen.queryAllByRole("textbox")).toEqual([]);
  for (const key of ["c", "e"]) fireEvent.keyDown(root.querySelector(".review")!, { key });
  expect(screen.queryAllByRole("textbox")).toEqual([]);
  expect(host.received.some(({ kind }) => kind === "submit")).toBe(false);
});

test("a half-written comment comes back with the right to write it", async () => {
  const before = await as("reviewer");
  fireEvent.click(before.screen.getByRole("button", { name: "Comment on the plan as a whole" }));
  const field = before.screen.getByRole("textbox", { name: /want to know/ });
  fireEvent.change(field, { target: { value: "Half" } });
  expect((await as("viewer")).screen.queryAllByRole("textbox")).toEqual([]);
  const after = await as("reviewer");
  const again = after.screen.getByRole<HTMLTextAreaElement>("textbox", { name: /want to know/ });
  expect(again.value).toBe("Half");
});

test("a reviewer resolves only what they began, and changes no policy", async () => {
  const { host, screen, root } = await as("reviewer");
  const thread = (author: string) => {
    const { id } = host.view.plan.annotations.find((one) => one.author === author)!;
    fireEvent.click(root.querySelector(`[data-thread="${id}"]`)!);
    return screen.queryByRole("button", { name: "Resolve" }) !== null;
  };
  expect(thread(people.tom.id)).toBe(false);
  fireEvent.keyDown(root.querySelector(".review")!, { key: "e" });
  expect(host.received.some(({ kind }) => kind === "submit")).toBe(false);
  expect(thread(people.me.id)).toBe(true);
  fireEvent.click(screen.getByRole("button", { name: "1 of 2 approvals" }));
  expect(screen.queryByRole("button", { name: "Change" })).toBeNull();
  expect(screen.getByRole("button", { name: "Approve r3" })).toBeTruthy();
});

test("a reviewer asks nobody for a review", async () => {
  const { screen } = await shown((view) =>
    asGuest({ ...view, plan: { ...view.plan, revisions: [] } }, "reviewer"),
  );
  expect(screen.getByText(/Nobody has asked for a review yet/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Ask for a review" })).toBeNull();
});

test("whose invitation was taken back is told so, and can read on", async () => {
  const { host, screen } = await as("reviewer");
  expect(screen.getByRole("button", { name: "Approve r3" })).toBeTruthy();
  await act(async () => host.live(over(sampleView()).live));
  expect(screen.queryByRole("button", { name: "Approve r3" })).toBeNull();
  const words = /Your invitation was taken back.*ask Mira Kovač for a new one/;
  expect(screen.getByText(words)).toBeTruthy();
});

test("what no owner has yet says that it is kept here", async () => {
  const own = ({ plan }: View) => plan.annotations.find((one) => one.author === people.me.id)!.id;
  const { host, screen, root } = await shown((view) =>
    asGuest(view, "reviewer", { unsent: [own(view)] }),
  );
  const card = () => root.querySelector(`[data-thread="${own(host.view)}"]`)!;
  expect(card().textContent).toContain("kept here; goes out when an owner is there");
  expect(card().querySelector("ol.ladder")).toBeNull();
  expect(screen.getAllByText(/kept here/)).toHaveLength(1);
  await act(async () => host.live({ unsent: [] }));
  expect(card().querySelector("ol.ladder")?.textContent).toContain("sent");
});

test("a member who says that another member is here is not believed", () => {
  const { live } = sampleView();
  const [mira, tom] = members();
  const says = { peer: "p", working: true, focus: null, since: 0 };
  const told = (via: string, actor = people.mira) =>
    everybody({
      ...live,
      members: [mira!, tom!],
      presence: [{ ...says, actor, via }],
    }).filter((one) => one.here);
  expect(told(mira!.peer).map((one) => one.name)).toEqual(["Ada Lind", "Mira Kovač"]);
  expect(told(tom!.peer).map((one) => one.name)).toEqual(["Ada Lind"]);
  expect(told(tom!.peer, people.me)[0]?.working).toBe(false);
  expect(told(tom!.peer, people.agent)[1]?.through).toBe("Tom Reyes");
});

test("somebody with several peers is there once, by the best path", () => {
  const { live } = sampleView();
  const [mira] = members();
  const two = [{ ...mira!, peer: "other", path: "relay" as const }, mira!];
  const found = everybody({ ...live, presence: [], members: two });
  expect(found.map((one) => [one.name, one.member?.path])).toEqual([
    ["Ada Lind", undefined],
    ["Mira Kovač", "direct"],
  ]);
});
