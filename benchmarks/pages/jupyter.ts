import { YNotebook } from "@jupyter/ydoc";
import { WebsocketProvider } from "y-websocket";
import { comment, type Make } from "./contestant";

export interface JupyterGiven {
  /** The address of rooms, `ws://…/api/collaboration/room`. */
  rooms: string;
  room: string;
  session: string;
  token: string;
  template: Record<string, unknown>;
}

/**
 * jupyter-collaboration's client without JupyterLab around it: the shared notebook of
 * `@jupyter/ydoc` and the provider with the options that `@jupyter/docprovider` 5.0 gives it. A
 * comment is a value in the notebook's metadata.
 */
export const jupyter: Make<JupyterGiven> = async (given, screen) => {
  const notebook = new YNotebook();
  const provider = new WebsocketProvider(given.rooms, given.room, notebook.ydoc, {
    disableBc: true,
    params: { sessionId: given.session, token: given.token },
    awareness: notebook.awareness,
  });
  let [own, bytes] = ["", 0];
  notebook.ydoc.on("update", (update: Uint8Array, origin: unknown) => {
    if (origin !== provider) bytes += update.length;
  });
  notebook.metadataChanged.connect((_, { key, newValue }) => {
    if (key !== own && isComment(newValue)) screen.show(newValue.content);
  });
  return {
    change(number) {
      const id = crypto.randomUUID();
      own = id;
      notebook.setMetadata(id, { ...given.template, id, content: comment(number) } as never);
    },
    ready: () => provider.synced,
    bytes: () => bytes,
  };
};

function isComment(value: unknown): value is { content: string } {
  return typeof value === "object" && value !== null && "content" in value;
}
