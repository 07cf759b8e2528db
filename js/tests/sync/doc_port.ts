import { LoroDoc, type PeerID, VersionVector } from "../../src/document/loro";
import { PeerPlanError } from "../../src/model/errors";
import type { RangedDocument } from "../../src/sync/encryption";

/** A plain Loro document behind the port of a session. */
export class DocPort implements RangedDocument {
  readonly doc = new LoroDoc();
  imports = 0;

  version(): Uint8Array {
    return this.doc.oplogVersion().encode();
  }

  updatesSince(version: Uint8Array): Uint8Array {
    try {
      const seen = version.length > 0 ? VersionVector.decode(version) : new VersionVector(null);
      const order = this.doc.oplogVersion().compare(seen);
      if (order !== undefined && order <= 0) return new Uint8Array();
      return this.doc.export({ mode: "update", from: seen });
    } catch (error) {
      throw new PeerPlanError("document", String(error));
    }
  }

  updatesIn(peer: PeerID, counter: number, end: number): Uint8Array {
    const spans = [{ id: { peer, counter }, len: end - counter }];
    return this.doc.export({ mode: "updates-in-range", spans });
  }

  async importUpdates(blob: Uint8Array): Promise<Uint8Array> {
    const before = this.version();
    try {
      this.doc.import(blob);
    } catch (error) {
      throw new PeerPlanError("document", String(error));
    }
    this.imports += 1;
    return this.updatesSince(before);
  }

  /** Writes into the text; the update that others lack. */
  insert(text: string, at = 0): Uint8Array {
    return this.changed(() => this.doc.getText("content").insert(at, text));
  }

  /** Sets a key of the map; the update that others lack. */
  put(key: string, value: string): Uint8Array {
    return this.changed(() => this.doc.getMap("values").set(key, value));
  }

  changed(change: () => void): Uint8Array {
    const before = this.version();
    change();
    this.doc.commit();
    return this.updatesSince(before);
  }

  get content(): string {
    return this.doc.getText("content").toString();
  }

  get lengths(): Record<string, number> {
    const values = Object.entries(this.doc.getMap("values").toJSON() as Record<string, string>);
    return Object.fromEntries(values.map(([key, text]) => [key, text.length]));
  }
}
