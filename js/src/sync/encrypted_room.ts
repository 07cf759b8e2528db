import { EncryptedPresence } from "./encrypted_presence";
import { EncryptedDocument, type RangedDocument } from "./encryption";
import type { Role } from "./events";
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
  readonly #presence: Record<Role, EncryptedPresence>;

  constructor(
    name: string,
    document: RangedDocument,
    presence: Presence,
    key: Uint8Array,
    limits: Limits = LIMITS,
  ) {
    super(name, presence, true);
    this.#document = new EncryptedDocument(document, derive(key, name, "document"));
    const sealed = (everybody: boolean) =>
      new EncryptedPresence(presence, derive(key, name, "presence"), name, limits, everybody);
    this.#presence = { requester: sealed(false), receiver: sealed(true) };
  }

  /** Records of the document that could not be read. */
  get unread(): number {
    return this.#document.unread;
  }

  /** What a session of that kind and side keeps equal; null for others. Nothing is kept here in the
   * open. */
  readonly port = (crdt: Crdt, role: Role): DocumentPort | null => {
    if (crdt === CrdtType.Elo) return this.#document;
    return crdt === CrdtType.LoroEphemeralStore ? this.#presence[role] : null;
  };

  /** Relays what a session brought, but for presence that a server tells the others. */
  override imported(session: Session, updates: Uint8Array[]): void {
    if (!session.ephemeral) super.imported(session, updates);
    else if (session.role === "receiver") {
      const { receiver } = this.#presence;
      super.imported(
        session,
        updates.flatMap((blob) => receiver.opened(blob)),
      );
    }
  }
}
