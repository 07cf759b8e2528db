import { isPlainName } from "../document/names";
import { PeerPlanError } from "../model/errors";
import type { Artifact, ArtifactState } from "../model/view";
import type { ArtifactContent } from "../session/session";
import type { Bytes } from "./http";
import { unquoted } from "./remote";

/** What is checked without being asked for may be this big; the rest when it is opened. In bytes. */
const SMALL = 20_000_000;
/** The largest artifact that is read, in bytes. */
const MAX_ARTIFACT = 100_000_000;
/** Files that are read side by side. */
const SIDE_BY_SIDE = 3;
const OPAQUE = "application/octet-stream";
/** What a page may show by itself; everything else is only offered as a download. */
const SHOWN =
  /^(?:image\/(?:png|jpeg|gif|webp|avif|bmp|svg\+xml)|(?:video|audio)\/[\w.+-]+|text\/plain|application\/json)$/;

type States = Readonly<Record<string, ArtifactState>>;

/** Where the bytes of evidence come from. */
export interface Origins {
  /** A file in the plan's folder, or null where there is none; rejects as `download`. */
  folder(file: string, most: number): Promise<Bytes | null>;
  /** The bytes of a hash from a peer, or null where nobody has them. */
  peers(hash: string, size: number): Promise<Blob | null>;
}

/**
 * The evidence of one plan: whether each file is the one that was recorded, and its bytes. Files
 * are hashed in the browser; only those with the recorded hash are given out.
 */
export class Evidence {
  readonly #origins: Origins;
  readonly #changed: () => void;
  #artifacts = new Map<string, Artifact>();
  #states: States = {};
  readonly #blobs = new Map<string, Promise<Blob>>();
  readonly #urls = new Map<string, string>();
  #checking = false;

  constructor(origins: Origins, changed: () => void) {
    this.#origins = origins;
    this.#changed = changed;
  }

  /** By artifact. A new object for every change. */
  get states(): States {
    return this.#states;
  }

  /** Takes note of the artifacts that there are; files are checked in the background. */
  look(artifacts: readonly Artifact[]): void {
    this.#artifacts = new Map(artifacts.map((one) => [one.id, one]));
    const unknown = artifacts.filter(({ id }) => !Object.hasOwn(this.#states, id));
    for (const one of unknown) this.#set(one.id, first(one));
    if (!this.#checking) void this.#check();
  }

  /** Looks again for what could not be read. */
  again(): void {
    for (const [id, { state }] of Object.entries(this.#states)) {
      const one = this.#artifacts.get(id);
      if (one && state === "missing") this.#set(id, first(one));
    }
    if (!this.#checking) void this.#check();
  }

  /** An artifact's verified bytes under a URL of this page; rejects with a `PeerPlanError`. */
  async content(id: string): Promise<ArtifactContent> {
    const artifact = this.#artifacts.get(id);
    if (!artifact) throw new PeerPlanError("not_found", "The plan has no such artifact.");
    const blob = await this.#blob(artifact);
    const mediaType = SHOWN.test(artifact.mediaType) ? artifact.mediaType : OPAQUE;
    const known = this.#urls.get(id);
    const url = known ?? URL.createObjectURL(blob.slice(0, blob.size, mediaType));
    this.#urls.set(id, url);
    return { url, mediaType };
  }

  /** The bytes of a hash that the plan names, if they are here already. */
  async held(hash: string): Promise<Blob | null> {
    const found = [...this.#artifacts.values()].find((one) => one.hash === hash && !one.withdrawn);
    return (found && (await this.#blobs.get(found.id)?.catch(() => null))) ?? null;
  }

  close(): void {
    for (const url of this.#urls.values()) URL.revokeObjectURL(url);
    this.#urls.clear();
  }

  async #check(): Promise<void> {
    this.#checking = true;
    const due = () =>
      [...this.#artifacts.values()].find(
        ({ id, size }) => this.#states[id]?.state === "checking" && size <= SMALL && !seen.has(id),
      );
    const seen = new Set<string>();
    const worker = async () => {
      for (let one = due(); one; one = due()) {
        seen.add(one.id);
        await this.#blob(one).catch(() => undefined);
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
    this.#checking = false;
  }

  #blob(artifact: Artifact): Promise<Blob> {
    const known = this.#blobs.get(artifact.id);
    if (known) return known;
    const read = this.#verified(artifact).then(
      (blob) => {
        this.#set(artifact.id, said("verified", `${artifact.file} has the recorded hash.`));
        return blob;
      },
      (error: PeerPlanError) => {
        // What is missing may come; what differs does so until the plan is loaded again.
        if (error.code !== "integrity") this.#blobs.delete(artifact.id);
        const state = error.code === "integrity" ? "mismatch" : "missing";
        this.#set(artifact.id, said(state, error.message));
        throw error;
      },
    );
    this.#blobs.set(artifact.id, read);
    return read;
  }

  async #verified(artifact: Artifact): Promise<Blob> {
    const file = fileOf(artifact);
    if (!file) throw missing("The plan names no file that could hold this artifact.");
    let failure = missing(`${file} cannot be read from the plan's folder.`);
    try {
      const bytes = await this.#origins.folder(file, MAX_ARTIFACT);
      if (bytes) return await checked(new Blob([bytes]), bytes, file, artifact.hash);
    } catch (error) {
      if (!(error instanceof PeerPlanError)) throw error;
      failure = error;
    }
    const given = artifact.hash && (await this.#origins.peers(artifact.hash, artifact.size));
    if (given) return given;
    throw failure;
  }

  #set(id: string, state: ArtifactState): void {
    this.#states = { ...this.#states, [id]: state };
    this.#changed();
  }
}

/** The name of an artifact's file in the plan's folder; empty when it names none that could be. */
export function fileOf({ file, url }: Artifact): string {
  const path = url.split("#")[0]!.split("?")[0]!;
  const name = file || unquoted(path.slice(path.lastIndexOf("/") + 1));
  return isPlainName(name) ? name : "";
}

function first({ size, withdrawn }: Artifact): ArtifactState {
  if (withdrawn) return said("missing", "It was withdrawn.");
  return said("checking", size > SMALL ? "It is checked when it is opened." : "");
}

async function checked(
  blob: Blob,
  bytes: Bytes,
  file: string,
  hash: string | undefined,
): Promise<Blob> {
  if (!hash) throw new PeerPlanError("integrity", `The plan records no hash for ${file}.`);
  const actual = `sha256:${hex(await digest(bytes))}`;
  if (actual === hash) return blob;
  const told = `${file} has the hash ${actual.slice(0, 15)}…; the plan records ${hash.slice(0, 15)}….`;
  const hint = "Do not trust this evidence; ask for it to be attached again.";
  throw new PeerPlanError("integrity", told, { hint });
}

/** SHA-256; pages that are served without encryption have no `crypto.subtle`. */
async function digest(bytes: Bytes): Promise<Uint8Array> {
  if (crypto.subtle) return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const { sha256 } = await import("@noble/hashes/sha2.js");
  return sha256(bytes);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function said(state: ArtifactState["state"], detail: string): ArtifactState {
  return { state, detail };
}

function missing(message: string): PeerPlanError {
  return new PeerPlanError("not_found", message);
}
