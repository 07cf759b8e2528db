import type { Summary } from "./server";

/** Every word of the sidebar, in one place for translation. */
export const strings = {
  plans: "Plans",
  openPlan: "Open plan…",
  openPlanTitle: "Open a plan",
  openPlanLabel: "A plan URL, a pull request, or the path of a plan.json",
  open: "Open",
  category: "Review",
  failed: "The plan could not be opened",
  filter: "Filter plans",
  empty: "No plans yet.",
  emptyHint: "An agent makes one through MCP, you with “peerplan new”. Or open one by its URL.",
  noMatch: "No plan has that in its title.",
  noServer: "This server has no peerplan.",
  noServerHint: "Install peerplan-jupyter where the server runs, and start it again.",
  offline: "The server does not answer.",
  answered: (status: number) => `The server answered ${status} instead of its plans.`,
  asItWas: "This is the list as it was.",
  status: {
    draft: "Draft",
    pending_review: "Waiting for review",
    changes_requested: "Changes requested",
    approved: "Approved",
  } satisfies Record<Summary["status"], string>,
  agent: {
    waiting: "agent waiting",
    working: "agent working",
    away: "agent away",
    none: "",
  } satisfies Record<Summary["agent"]["state"], string>,
  pr: (number: number) => `PR ${number}`,
  unread: (number: number) => `${number} unread`,
  openComments: (number: number) => `${number} open`,
};
