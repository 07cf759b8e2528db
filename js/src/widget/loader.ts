import type { AnyModel, AnyWidget } from "@anywidget/types";
import type * as Interface from "./interface";

/** What the kernel keeps in sync; everything else goes over messages. */
interface WidgetState {
  /** Of the interface bundle; equal versions are loaded once per page. */
  version: string;
  plan_id: string;
  /** Which journal the kernel writes to. */
  journal: string;
  /** The base path of the kernel's Jupyter server; empty if not known. */
  server: string;
  /** Why the kernel no longer answers; empty while it does. */
  closed: string;
}

interface Answer {
  kind?: string;
  re?: number;
  error?: { message?: string; hint?: string };
}

type Model = AnyModel<WidgetState>;
type Bundles = Map<string, Promise<typeof Interface>>;

/** How long the kernel may take to send the bundle before others are asked, in milliseconds. */
const PATIENCE = 2_000;
/** How long it may take at all. A cell that runs can keep an older kernel from answering. */
const LONG_PATIENCE = 20_000;
const HEIGHT = "640px";
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
  const asked = fromKernelOrServer(model);
  bundles().set(version, asked);
  asked.catch(() => bundles().delete(version));
  return asked;
}

/** The server is asked only once the kernel has kept us waiting. */
async function fromKernelOrServer(model: Model): Promise<typeof Interface> {
  const kernel = ask(model);
  const quick = await Promise.race([kernel.catch(() => null), later(PATIENCE)]);
  return quick ?? Promise.any([kernel, fromServer(model)]).catch(() => kernel);
}

function later(milliseconds: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), milliseconds));
}

function api(model: Model): string {
  const base = model.get("server");
  if (!base) throw new Error("The Jupyter server of this kernel is not known.");
  return `${location.origin}${base.replace(/\/?$/, "/")}peerplan/api/`;
}

/** Whether the page's server has the same as the kernel: the plans, or the interface too. */
async function sameHere(model: Model, ...what: ("journal" | "version")[]): Promise<boolean> {
  const answer = await fetch(`${api(model)}here`, { credentials: "same-origin" });
  if (!answer.ok) return false;
  const here = (await answer.json()) as { journal?: string; version?: string };
  return what.every((name) => here[name] === model.get(name));
}

async function fromServer(model: Model): Promise<typeof Interface> {
  if (!(await sameHere(model, "journal", "version"))) throw new Error("The server has another.");
  const answer = await fetch(`${api(model)}interface`, { credentials: "same-origin" });
  if (!answer.ok) throw new Error("The Jupyter server does not have the interface.");
  return evaluate(await answer.arrayBuffer());
}

function ask(model: Model): Promise<typeof Interface> {
  return new Promise<DataView>((resolve, reject) => {
    const timer = setTimeout(() => {
      model.off("msg:custom", receive);
      reject(new Error("The kernel does not answer. Run the cell again to open the plan here."));
    }, LONG_PATIENCE);
    function receive(message: Answer, buffers: DataView[]): void {
      if (message.re !== BUNDLE_REQUEST) return;
      clearTimeout(timer);
      model.off("msg:custom", receive);
      if (message.kind === "bundle" && buffers[0]) resolve(buffers[0]);
      else reject(new Error([message.error?.message, message.error?.hint].join(" ")));
    }
    model.on("msg:custom", receive);
    model.send({ kind: "bundle", re: BUNDLE_REQUEST });
  }).then((bytes) => evaluate(bytes as DataView<ArrayBuffer>));
}

async function evaluate(bytes: BlobPart): Promise<typeof Interface> {
  const blob = new Blob([bytes], { type: "text/javascript" });
  const url = URL.createObjectURL(blob);
  try {
    return (await import(/* webpackIgnore: true */ url)) as typeof Interface;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function frame(): HTMLElement {
  const home = document.createElement("div");
  home.style.cssText =
    "min-height:320px;resize:vertical;overflow:hidden;border:1px solid #8884;border-radius:8px";
  home.style.height = HEIGHT;
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

/** A session with the server where it has the kernel's plans, else with the kernel. */
function session(
  model: Model,
  bundle: typeof Interface,
  here: () => Promise<boolean>,
): Interface.Session {
  const { CommChannel, FailoverChannel, MessageSession, SocketChannel } = bundle;
  const planId = model.get("plan_id");
  const server = async () => {
    if (!(await here())) return null;
    const plan = `${api(model)}plans/${encodeURIComponent(planId)}/`;
    return new SocketChannel(`${plan.replace(/^http/, "ws")}session`, {
      artifactUrl: (id) => `${plan}artifacts/${encodeURIComponent(id)}`,
    });
  };
  return new MessageSession(new FailoverChannel(new CommChannel(model), server), {
    outbox: planId,
  });
}

/** One session for all views of a model. The server is asked while the bundle is on its way. */
function sessions(model: Model) {
  let made: Interface.Session | undefined;
  let early: Promise<boolean> | undefined = sameHere(model, "journal").catch(() => false);
  const here = () => {
    const answer = early ?? sameHere(model, "journal");
    early = undefined;
    return answer;
  };
  return {
    of(bundle: typeof Interface): Interface.Session {
      made ??= session(model, bundle, here);
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
      const home = frame();
      el.append(home);
      try {
        if (model.get("closed")) throw new Error(model.get("closed"));
        const bundle = await load(model);
        shared ??= sessions(model);
        return bundle.mount(home, shared.of(bundle));
      } catch (error) {
        explain(home, error);
      }
    },
  };
};
