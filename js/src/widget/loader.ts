import type { AnyModel, AnyWidget } from "@anywidget/types";
import type * as Interface from "./interface";

/** What the kernel keeps in sync; everything else goes over messages. */
interface WidgetState {
  /** Of the interface bundle; equal versions are loaded once per page. */
  version: string;
  plan_id: string;
  /** A CSS length. */
  height: string;
}

type Model = AnyModel<WidgetState>;
type Bundles = Map<string, Promise<typeof Interface>>;

/** How long the kernel may take to send the bundle before we say so, in milliseconds. */
const PATIENCE = 10_000;
/** The sessions of the bundle count from 1. */
const BUNDLE_REQUEST = 0;
const KEPT = Symbol.for("peerplan.interfaces");

function bundles(): Bundles {
  const home = globalThis as unknown as Record<symbol, Bundles | undefined>;
  home[KEPT] ??= new Map();
  return home[KEPT];
}

function load(model: Model): Promise<typeof Interface> {
  const version = model.get("version") ?? "";
  const known = bundles().get(version);
  if (known) return known;
  const asked = ask(model).then(evaluate);
  bundles().set(version, asked);
  asked.catch(() => bundles().delete(version));
  return asked;
}

function ask(model: Model): Promise<DataView> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      model.off("msg:custom", receive);
      reject(new Error("The kernel does not answer. Run the cell again to open the plan here."));
    }, PATIENCE);
    function receive(message: { kind?: string; re?: number }, buffers: DataView[]): void {
      if (message.kind !== "bundle" || message.re !== BUNDLE_REQUEST || !buffers[0]) return;
      clearTimeout(timer);
      model.off("msg:custom", receive);
      resolve(buffers[0]);
    }
    model.on("msg:custom", receive);
    model.send({ kind: "bundle", re: BUNDLE_REQUEST });
  });
}

async function evaluate(bytes: DataView): Promise<typeof Interface> {
  const blob = new Blob([bytes as DataView<ArrayBuffer>], { type: "text/javascript" });
  const url = URL.createObjectURL(blob);
  try {
    return (await import(/* webpackIgnore: true */ url)) as typeof Interface;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function frame(model: Model): HTMLElement {
  const home = document.createElement("div");
  home.style.cssText =
    "min-height:320px;resize:vertical;overflow:hidden;border:1px solid #8884;border-radius:8px";
  home.style.height = model.get("height") || "640px";
  return home;
}

function explain(home: HTMLElement, error: unknown): void {
  const text = document.createElement("p");
  text.setAttribute("role", "status");
  text.style.cssText = "margin:16px;font-family:system-ui,sans-serif";
  text.textContent = error instanceof Error ? error.message : String(error);
  home.style.height = home.style.minHeight = "auto";
  home.replaceChildren(text);
}

/** One session for all views of a model. */
function sessions(model: Model) {
  let made: Interface.Session | undefined;
  return {
    of({ MessageSession, CommChannel }: typeof Interface): Interface.Session {
      made ??= new MessageSession(new CommChannel(model), { outbox: model.get("plan_id") });
      return made;
    },
    close: () => made?.close(),
  };
}

export default (): AnyWidget<WidgetState> => {
  let shared: ReturnType<typeof sessions> | undefined;
  return {
    initialize({ model }) {
      shared = sessions(model);
      return () => shared?.close();
    },
    async render({ model, el }) {
      const home = frame(model);
      el.append(home);
      try {
        const bundle = await load(model);
        shared ??= sessions(model);
        return bundle.mount(home, shared.of(bundle));
      } catch (error) {
        explain(home, error);
      }
    },
  };
};
