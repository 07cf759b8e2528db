import { act, within } from "@testing-library/react";
import { createRoot } from "react-dom/client";
import { type HostOptions, MemoryHost } from "../../dev/memory_host";
import { sampleView } from "../../dev/sample";
import type { View } from "../../src/model/view";
import { MessageSession } from "../../src/session/message_session";
import { Review } from "../../src/ui/review";

/** What jsdom does not have: nothing is ever laid out there. */
class NoObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
}

/** Tells at once; jsdom says that everything is 0 wide. */
export class MeasuringObserver extends NoObserver {
  readonly #told: () => void;

  constructor(told: () => void) {
    super();
    this.#told = told;
  }

  override observe() {
    this.#told();
  }
}

/** An empty page with what the interface asks of a browser. */
export function likeABrowser(): void {
  localStorage.clear();
  Object.assign(globalThis, {
    IS_REACT_ACT_ENVIRONMENT: true,
    ResizeObserver: NoObserver,
    IntersectionObserver: NoObserver,
    matchMedia: () => ({ matches: true }),
    CSS: { escape: (text: string) => text },
  });
  HTMLDialogElement.prototype.showModal = function () {
    this.setAttribute("open", "");
  };
  HTMLDialogElement.prototype.close = function () {
    this.removeAttribute("open");
  };
  Element.prototype.scrollTo = () => undefined;
}

/** The review of the sample plan, in front of a host in memory. */
export async function shown(
  change: (view: View) => View = (view) => view,
  options: HostOptions = {},
) {
  const host = new MemoryHost(change(sampleView()), options);
  const session = new MessageSession(host);
  const element = document.createElement("div");
  document.body.replaceChildren(element);
  const root = element.attachShadow({ mode: "open" });
  const home = document.createElement("div");
  root.append(home);
  await act(async () => createRoot(home).render(<Review session={session} root={root} />));
  return { host, session, root, screen: within(home) };
}
