import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin,
} from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { ILauncher } from "@jupyterlab/launcher";
import { addCommands, OPEN } from "./commands";
import { Listing } from "./listing";
import { PlanServer } from "./server";
import { PlanSidebar } from "./sidebar";
import { strings } from "./strings";
import { TaskListing } from "./tasks";
import "./sidebar.css";

const plugin: JupyterFrontEndPlugin<void> = {
  id: "peerplan-jupyter:plugin",
  description: "Lists the plans of the server and opens them for review.",
  autoStart: true,
  optional: [ILayoutRestorer, ICommandPalette, ILauncher],
  activate: (
    app: JupyterFrontEnd,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
  ) => {
    const server = new PlanServer(app.serviceManager.serverSettings);
    const tracker = addCommands(app, server);
    const listing = new Listing(server);
    const tasks = new TaskListing(server);
    const open = (id: string) => void app.commands.execute(OPEN, { id });
    const ask = () => void app.commands.execute(OPEN);
    const sidebar = new PlanSidebar(listing, tasks, open, ask);
    app.shell.add(sidebar, "left", { rank: 600 });
    void app.restored.then(() => Promise.all([listing.start(), tasks.start()]));
    palette?.addItem({ command: OPEN, category: strings.category });
    launcher?.add({ command: OPEN, category: strings.category });
    restorer?.add(sidebar, sidebar.id);
    void restorer?.restore(tracker, {
      command: OPEN,
      args: ({ planId }) => ({ id: planId }),
      name: ({ planId }) => planId,
    });
  },
};

export default plugin;
