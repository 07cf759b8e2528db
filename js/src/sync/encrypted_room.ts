import { EncryptedPresence } from "./encrypted_presence";
import { EncryptedDocument, type RangedDocument } from "./encryption";
import { type Crdt, CrdtType } from "./frames";
import { derive } from "./keys";
import { LIMITS, type Limits } from "./limits";
import type { DocumentPort } from "./ports";
import type { Presence } from "./presence";
import { Room } from "./room";
import type { Session } from "./session";

/**
 * A room whose document and presence pass a server that cannot read them:
 *
 *     const room = new EncryptedRoom(id, document, new Presence(newId()), key);
 *     const channel = new SocketChannel(new WebSocket(url));
 *     await channel.opened;
 *     await new Connection(channel, { role: "requester", room, port: room.port, terms }).run();
 *
 * The id names it there, and `key` is the room's; see `docs/mesh.md`. Who has the key can write in
 * the name of anybody: nothing here is signed, and no role is held. It is for rooms in which all
 * who have the key may do everything.
 */
export class EncryptedRoom extends Room {
  override readonly kinds: readonly Crdt[] = [CrdtType.Elo, CrdtType.LoroEphemeralStore];
  readonly #document: EncryptedDocument;
  readonly #presence: EncryptedPresence;

  constructor(
    name: string,
    document: RangedDocument,
    presence: Presence,
    key: Uint8Array,
    limits: Limits = LIMITS,
  ) {
    super(name, presence, true);
    const presenceKey = derive(key, name, "presence");
    this.#document = new EncryptedDocument(document, derive(key, name, "document"));
    this.#presence = new EncryptedPresence(presence, presenceKey, name, limits);
  }

  /** Records of the document that could not be read. */
  get unread(): number {
    return this.#document.unread;
  }

  /** What a session of that kind keeps equal; null for others. Nothing is kept here in the open. */
  readonly port = (crdt: Crdt): DocumentPort | null => {
    if (crdt === CrdtType.Elo) return this.#document;
    return crdt === CrdtType.LoroEphemeralStore ? this.#presence : null;
  };

  /** Relays changes of the document; what was said of presence the server tells the others. */
  override imported(session: Session, updates: Uint8Array[]): void {
    if (!session.ephemeral) super.imported(session, updates);
  }
}
