import { ReactWidget } from "@jupyterlab/ui-components";
import { planIcon } from "./icon";
import type { Listing } from "./listing";
import { PlanList } from "./plan_list";
import { strings } from "./strings";
import { TaskSection } from "./task_list";
import type { TaskListing } from "./tasks";

/** The plans and the team's tasks in JupyterLab's side area. */
export class PlanSidebar extends ReactWidget {
  readonly #listing: Listing;
  readonly #tasks: TaskListing;
  readonly #open: (planId: string) => void;
  readonly #ask: () => void;

  constructor(
    listing: Listing,
    tasks: TaskListing,
    open: (planId: string) => void,
    ask: () => void,
  ) {
    super();
    this.#listing = listing;
    this.#tasks = tasks;
    this.#open = open;
    this.#ask = ask;
    this.id = "peerplan-sidebar";
    this.addClass("peerplan-sidebar");
    this.title.icon = planIcon;
    this.title.caption = strings.plans;
    this.node.setAttribute("role", "region");
    this.node.setAttribute("aria-label", strings.plans);
  }

  override render() {
    return (
      <>
        <PlanList listing={this.#listing} open={this.#open} ask={this.#ask} />
        <TaskSection tasks={this.#tasks} open={this.#open} />
      </>
    );
  }

  override dispose(): void {
    this.#listing.stop();
    this.#tasks.stop();
    super.dispose();
  }
}
