import { ReactWidget } from "@jupyterlab/ui-components";
import { planIcon } from "./icon";
import type { Listing } from "./listing";
import { PlanList } from "./plan_list";
import { strings } from "./strings";

/** The list of plans in JupyterLab's side area. */
export class PlanSidebar extends ReactWidget {
  readonly #listing: Listing;
  readonly #open: (planId: string) => void;
  readonly #ask: () => void;

  constructor(listing: Listing, open: (planId: string) => void, ask: () => void) {
    super();
    this.#listing = listing;
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
    return <PlanList listing={this.#listing} open={this.#open} ask={this.#ask} />;
  }

  override dispose(): void {
    this.#listing.stop();
    super.dispose();
  }
}
