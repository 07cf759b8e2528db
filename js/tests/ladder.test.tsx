import { act, fireEvent, waitFor } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import { people } from "../dev/sample";
import type { Annotation, View } from "../src/model/view";
import { likeABrowser, shown } from "./support/shown";

beforeEach(likeABrowser);

const RUNGS = ["sent", "received", "read", "addressed"];
const NONE = { state: "none", name: "", since: null } as const;

const alone = (view: View): View => ({ ...view, live: { ...view.live, agent: NONE } });

type Found = Awaited<ReturnType<typeof shown>>;

/** The ladder under a comment: its words, and those that were reached. */
function ladder({ root }: Found, said: string): { words: string[]; reached: string[] } | null {
  const cards = [...root.querySelectorAll("article[data-thread]")];
  const card = cards.find((one) => one.textContent?.includes(said))!;
  const found = card.querySelector("ol.ladder");
  if (!found) return null;
  expect(found.getAttribute("aria-label")).toBe("Delivery to the agent");
  const words = (selector: string) =>
    [...found.querySelectorAll(selector)].map((one) => one.textContent!);
  return { words: words("li"), reached: words("li.reached") };
}

/** Comments on the plan as a whole. */
async function comment({ screen }: Found, said: string) {
  fireEvent.click(screen.getByRole("button", { name: "Comment on the plan as a whole" }));
  const field = screen.getByRole("textbox", { name: /want to know/ });
  fireEvent.change(field, { target: { value: said } });
  await act(async () => fireEvent.keyDown(field, { key: "Enter", ctrlKey: true }));
}

/** Something that happens to a comment. */
async function happens({ host }: Found, said: string, news: Partial<Annotation>) {
  const one = host.view.plan.annotations.find(({ content }) => content === said)!;
  await act(async () => host.change({ annotations: { [one.id]: { ...one, ...news } } }));
}

test("a comment climbs from sent to addressed as the agent receives, reads and acts", async () => {
  const found = await shown();
  await comment(found, "Who pays?");
  expect(ladder(found, "Who pays?")).toEqual({ words: RUNGS, reached: RUNGS.slice(0, 1) });
  await happens(found, "Who pays?", { receipt: { received: 5 } });
  expect(ladder(found, "Who pays?")?.reached).toEqual(RUNGS.slice(0, 2));
  await happens(found, "Who pays?", { receipt: { received: 5, read: 6 } });
  expect(ladder(found, "Who pays?")?.reached).toEqual(RUNGS.slice(0, 3));
  const disposition = { value: "declined", note: "", by: people.agent.id, at: 7, op: "x" } as const;
  await happens(found, "Who pays?", { disposition });
  expect(ladder(found, "Who pays?")?.reached).toEqual(RUNGS);
});

test("a comment is on its way until the host has it", async () => {
  const found = await shown();
  act(() => found.host.disconnect());
  await comment(found, "Who pays?");
  const words = ["sending", ...RUNGS.slice(1)];
  expect(ladder(found, "Who pays?")).toEqual({ words, reached: [] });
  await act(async () => found.host.connect());
  await waitFor(() =>
    expect(ladder(found, "Who pays?")).toEqual({ words: RUNGS, reached: ["sent"] }),
  );
});

test("where no agent ever was there is nothing to climb, until one is there", async () => {
  const found = await shown(alone);
  await comment(found, "Who pays?");
  expect(ladder(found, "Who pays?")).toBeNull();
  await act(async () => found.host.live({ agent: { ...NONE, state: "away", name: "claude" } }));
  expect(ladder(found, "Who pays?")?.reached).toEqual(["sent"]);
});

test("what an agent says is not delivered to it", async () => {
  const found = await shown((view) => {
    const [first, ...rest] = view.plan.annotations;
    const own = { ...first!, author: people.agent.id, content: "I wonder." };
    return { ...view, plan: { ...view.plan, annotations: [own, ...rest] } };
  });
  expect(ladder(found, "I wonder.")).toBeNull();
});
