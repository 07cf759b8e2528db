import { PeerPlanError } from "../model/errors";
import { mount } from "../ui/mount";
import { mountBar, mountTrouble } from "./bar/mount";
import { loadWorkshop } from "./load_workshop";
import type { Sight } from "./opening";
import { PageSession } from "./page_session";
import type { Remedy } from "./page_state";
import { NO_SITE } from "./site";

/** Milliseconds that a plan which is slow to come may keep the rest of the page waiting. */
const PATIENCE = 1500;
const RELOAD: Remedy = "reload";
const NO_PLAN = { planId: null, pr: null, repository: null, raw: null, invitation: "" };

/** Draws the page for what was begun. */
export async function show(begun: Promise<Omit<Sight, "token">>, root: URL): Promise<void> {
  const [sight, error] = await begun.then(
    (found) => [found, null] as const,
    (reason: unknown) => [{ site: NO_SITE, root, ref: NO_PLAN }, told(reason)] as const,
  );
  const session = new PageSession(sight, loadWorkshop);
  mountBar(home("bar"), session);
  drawPlan(session);
  if (error) {
    session.page.set({ busy: "" });
    session.page.tell("opening", error, ...(error.code === "unreachable" ? [RELOAD] : []));
    return;
  }
  const opened = session.open();
  await Promise.race([opened, after(PATIENCE)]);
  await painted();
  await session.work();
}

/** The review once there is something to review; until then, why not. */
function drawPlan(session: PageSession): void {
  const review = home("review");
  const remove = mountTrouble(review, session);
  const stop = session.subscribe(() => {
    const { view } = session.getState();
    if (!view) return;
    stop();
    remove();
    mount(review, session);
    followTitle(session);
  });
}

function followTitle(session: PageSession): void {
  const follow = () => {
    document.title = session.getState().view?.plan.title ?? document.title;
  };
  follow();
  session.subscribe(follow);
}

function home(id: string): HTMLElement {
  return document.getElementById(id)!;
}

function told(reason: unknown): PeerPlanError {
  if (reason instanceof PeerPlanError) return reason;
  throw reason;
}

function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** When what was drawn is on screen; a page in the background draws nothing. */
function painted(): Promise<void> {
  if (document.hidden) return after(0);
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}
