import { URLExt } from "@jupyterlab/coreutils";
import { ServerConnection } from "@jupyterlab/services";
import type { TaskList } from "../model/generated/team";
import { strings } from "./strings";

/** A plan in a few words, as the sidebar lists it. */
export interface Summary {
  id: string;
  title: string;
  status: "draft" | "pending_review" | "changes_requested" | "approved";
  pr: number | null;
  repo: string | null;
  updated: number;
  /** What the person has not read yet. */
  unread: number;
  open: number;
  agent: { state: "waiting" | "working" | "away" | "none"; name: string };
}

/** The plans of a server, and in sentences what broken journals took away. */
export interface Plans {
  plans: Summary[];
  losses: string[];
}

/** The server has no peerplan, as in JupyterLite. */
export class NoServerError extends Error {}

const API = "peerplan/api";

/** The part of the Jupyter server that knows plans. */
export class PlanServer {
  readonly #settings: ServerConnection.ISettings;

  constructor(settings: ServerConnection.ISettings) {
    this.#settings = settings;
  }

  async list(): Promise<Plans> {
    return (await this.#request("plans")) as Plans;
  }

  /** Brings a plan here by what a person pasted; returns its id. */
  async open(url: string): Promise<string> {
    const init = { method: "POST", body: JSON.stringify({ url }) };
    const { planId } = (await this.#request("open", init)) as { planId: string };
    return planId;
  }

  /** The tasks of the repository that the server works in, or null; `fetch` asks its remote first. */
  async tasks(fetch: boolean): Promise<TaskList | null> {
    const { list } = (await this.#request(fetch ? "tasks?fetch=1" : "tasks")) as {
      list: TaskList | null;
    };
    return list;
  }

  /** The page that shows who runs what. */
  get dashboard(): string {
    return this.#signed(URLExt.join(this.#settings.baseUrl, "peerplan/team"));
  }

  get events(): string {
    return this.#signed(URLExt.join(this.#settings.wsUrl, API, "events"));
  }

  session(planId: string): string {
    return this.#signed(URLExt.join(this.#settings.wsUrl, API, "plans", planId, "session"));
  }

  artifact(planId: string, artifactId: string): string {
    const { baseUrl } = this.#settings;
    const path = ["plans", planId, "artifacts", encodeURIComponent(artifactId)];
    return this.#signed(URLExt.join(baseUrl, API, ...path));
  }

  #signed(url: string): string {
    const { token, appendToken } = this.#settings;
    return appendToken && token ? `${url}?token=${encodeURIComponent(token)}` : url;
  }

  async #request(path: string, init: RequestInit = {}): Promise<unknown> {
    const url = URLExt.join(this.#settings.baseUrl, API, path);
    const answer = await ServerConnection.makeRequest(url, init, this.#settings);
    const type = answer.headers.get("Content-Type") ?? "";
    if (!type.includes("json")) {
      if (answer.ok || answer.status === 404) throw new NoServerError();
      throw new Error(strings.answered(answer.status));
    }
    const body = (await answer.json()) as { error?: { message: string; hint: string } };
    if (!answer.ok)
      throw new Error([body.error?.message, body.error?.hint].filter(Boolean).join(" "));
    return body;
  }
}
