import type { JupyterFrontEnd } from "@jupyterlab/application";
import { InputDialog, showErrorMessage, WidgetTracker } from "@jupyterlab/apputils";
import { planIcon } from "./icon";
import { PlanPanel } from "./panel";
import type { PlanServer } from "./server";
import { strings } from "./strings";

export const OPEN = "peerplan:open";

/** Opens plans as panels of the main area; returns the tracker that remembers which are open. */
export function addCommands(app: JupyterFrontEnd, server: PlanServer): WidgetTracker<PlanPanel> {
  const tracker = new WidgetTracker<PlanPanel>({ namespace: "peerplan" });
  const show = (planId: string) => {
    const known = tracker.find((panel) => panel.planId === planId);
    const panel = known ?? new PlanPanel(planId, server);
    if (!panel.isAttached) app.shell.add(panel, "main");
    if (!known) void tracker.add(panel);
    app.shell.activateById(panel.id);
    return panel;
  };
  app.commands.addCommand(OPEN, {
    label: strings.openPlan,
    caption: strings.openPlanTitle,
    icon: planIcon,
    execute: async (args) => {
      const id = typeof args.id === "string" ? args.id : await ask(server);
      return id === null ? undefined : show(id);
    },
  });
  return tracker;
}

async function ask(server: PlanServer): Promise<string | null> {
  const { value, button } = await InputDialog.getText({
    title: strings.openPlanTitle,
    label: strings.openPlanLabel,
    okLabel: strings.open,
  });
  if (!button.accept || !value) return null;
  try {
    const { plans: known } = await server.list();
    const found = known.find((plan) => plan.id === value.trim());
    return found?.id ?? (await server.open(value.trim()));
  } catch (error) {
    await showErrorMessage(strings.failed, error instanceof Error ? error : String(error));
    return null;
  }
}
