import type { Message } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";
import type * as Interface from "../widget/interface";
import { planIcon } from "./icon";
import type { PlanServer } from "./server";

/** One plan in the main area, on a session with the server: no kernel takes part. */
export class PlanPanel extends Widget {
  readonly planId: string;
  readonly #server: PlanServer;
  #close: (() => void) | null = null;

  constructor(planId: string, server: PlanServer) {
    super();
    this.planId = planId;
    this.#server = server;
    this.id = `peerplan-${planId}`;
    this.addClass("peerplan-panel");
    this.title.label = planId;
    this.title.icon = planIcon;
    this.title.closable = true;
  }

  override dispose(): void {
    this.#close?.();
    this.#close = null;
    super.dispose();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (!this.#close) void this.#show();
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.node.tabIndex = -1;
    this.node.focus();
  }

  async #show(): Promise<void> {
    const bundle = await import("@peerplan/interface");
    if (this.isDisposed || this.#close) return;
    const session = this.#session(bundle);
    const unmount = bundle.mount(this.node, session);
    const unsubscribe = session.subscribe(() => this.#name(session));
    this.#close = () => {
      unsubscribe();
      unmount();
      session.close();
    };
  }

  #session({ MessageSession, SocketChannel }: typeof Interface): Interface.Session {
    const channel = new SocketChannel(this.#server.session(this.planId), {
      artifactUrl: (id) => this.#server.artifact(this.planId, id),
    });
    return new MessageSession(channel, { outbox: this.planId });
  }

  #name(session: Interface.Session): void {
    const title = session.getState().view?.plan.title;
    if (title && title !== this.title.label) this.title.label = this.title.caption = title;
  }
}
