import type { AnyModel } from "@anywidget/types";

interface Signal {
  connect(slot: (sender: unknown, value: string) => void): unknown;
  disconnect(slot: (sender: unknown, value: string) => void): unknown;
}

/** What the widget manager of JupyterLab and Notebook knows; other hosts may have nothing of it. */
interface Kernel {
  connectionStatus?: string;
  statusChanged?: Signal;
  connectionStatusChanged?: Signal;
}

export interface KernelEvents {
  /** The kernel that the widget belongs to runs no longer. */
  ended(): void;
  /** The page cannot reach the kernel, which may run. */
  lost(): void;
  /** The widget may have been connected or disconnected: only sending tells. */
  unsure(): void;
}

/** A kernel that starts is another one, whoever restarted it. */
const ENDED = new Set(["starting", "restarting", "autorestarting", "terminating", "dead"]);

/** Follows the kernel of a widget as far as its host says anything of it; returns how to stop. */
export function watchKernel(model: AnyModel, events: KernelEvents): () => void {
  const manager = model.widget_manager as { kernel?: Kernel | null } | undefined;
  const { connectionStatus, statusChanged, connectionStatusChanged } = manager?.kernel ?? {};
  const stands = (_: unknown, status: string) => ENDED.has(status) && events.ended();
  const reached = (_: unknown, status: string) =>
    status === "connected" ? events.unsure() : events.lost();
  statusChanged?.connect(stands);
  connectionStatusChanged?.connect(reached);
  model.on("comm_live_update", events.unsure);
  if (connectionStatus !== undefined && connectionStatus !== "connected") events.lost();
  return () => {
    statusChanged?.disconnect(stands);
    connectionStatusChanged?.disconnect(reached);
    model.off("comm_live_update", events.unsure);
  };
}
