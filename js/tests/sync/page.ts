import { loadLoro } from "../../src/document/loro";
import type { PeerPlanError } from "../../src/model/errors";
import { FRAME_BYTES } from "../../src/sync/channel";
import { DataChannel } from "../../src/sync/data_channel";
import { type Answer, type Introduction, Mesh } from "../../src/sync/mesh";
import { type Given, standing } from "./given";
import { DocReplica } from "./members";

/** A peer that a test drives from outside. */
class PagePeer {
  mesh!: Mesh;
  replica!: DocReplica;
  /** Peers that were ever linked. */
  readonly #met = new Set<string>();
  #introduction: Introduction | null = null;
  #answer: Answer | null = null;

  async enter(given: Given): Promise<string> {
    await loadLoro("/loro_wasm_bg.wasm");
    this.replica = new DocReplica();
    this.mesh = new Mesh(standing(given), this.replica, given);
    this.mesh.subscribe(() => {
      for (const { peer, path } of this.mesh.members) if (path) this.#met.add(peer);
    });
    this.mesh.say({ name: given.name });
    this.mesh.open();
    return this.mesh.me;
  }

  put(key: string, value: string): void {
    this.replica.put(key, value);
  }

  /** The lengths of the values, and everything that a page shows of its company. */
  state() {
    const { connection, members, present } = this.mesh;
    const sizes = Object.entries(this.replica.values).map(([key, text]) => [key, text.length]);
    const met = [...this.#met];
    return { values: Object.fromEntries(sizes), connection, members, present, met };
  }

  /** Sends into a channel that nobody reads, as fast as it goes; why that ended. */
  async pour(): Promise<{ told: string; closed: boolean }> {
    const { near, raw } = await overfull();
    let told = "";
    for (let count = 0; !told && count < 4096; count += 1) {
      await near.send(new Uint8Array(FRAME_BYTES)).catch((error: PeerPlanError) => {
        told = error.code;
      });
    }
    await near.closed;
    return { told, closed: raw.readyState === "closed" };
  }

  async introduce(): Promise<string> {
    this.#introduction = await this.mesh.introduce();
    return this.#introduction.text;
  }

  async answer(text: string): Promise<string> {
    this.#answer = await this.mesh.answer(text);
    return this.#answer.text;
  }

  answered = (text: string) => this.#introduction!.answered(text);

  linked = () => this.#answer!.linked;

  keep(hash: string, size: number): void {
    this.replica.blobs.set(hash, new Blob([pattern(size)]));
  }

  async fetch(hash: string): Promise<{ size: number; steps: number }> {
    let steps = 0;
    const progress = () => {
      steps += 1;
    };
    const blob = await this.mesh.artifacts.fetch(hash, { progress });
    return { size: blob.size, steps };
  }
}

/** A channel to another connection of this page that lets far too much wait. */
async function overfull(): Promise<{ near: DataChannel; raw: RTCDataChannel }> {
  const [one, other] = [new RTCPeerConnection(), new RTCPeerConnection()];
  one.onicecandidate = ({ candidate }) => void other.addIceCandidate(candidate ?? undefined);
  other.onicecandidate = ({ candidate }) => void one.addIceCandidate(candidate ?? undefined);
  const raw = one.createDataChannel("bulk");
  const near = new DataChannel(raw, 1e9);
  await one.setLocalDescription();
  await other.setRemoteDescription(one.localDescription!);
  await other.setLocalDescription();
  await one.setRemoteDescription(other.localDescription!);
  await near.opened;
  return { near, raw };
}

/** Bytes that a test can make too: the number of each in its last eight bits, twice as fast. */
function pattern(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(size).map((_, index) => (index * 2 + (index >> 8)) & 255);
}

Object.assign(globalThis, { peer: new PagePeer() });
