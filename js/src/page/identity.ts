import { type KeyPair, keyPair, newKeyPair } from "../sync/keys";
import { type Database, notKept } from "./database";

const ME = "me";

/** Who writes in this browser: a key that is made once, and a name that is asked for once. */
export interface Identity {
  key: KeyPair;
  /** Empty until it was given. */
  name: string;
}

/** This browser's identity, made now if there is none; without a database, for this page only. */
export async function ownIdentity(database: Database | null): Promise<Identity> {
  if (!database) return { key: newKeyPair(), name: "" };
  const made = newKeyPair();
  const transaction = database.transaction("identity", "readwrite", { durability: "strict" });
  // Two pages that open for the first time at once come to one identity.
  const found = await transaction.store.get(ME);
  if (!found) await transaction.store.put({ seed: made.seed, did: made.did, name: "" }, ME);
  await transaction.done;
  return found ? { key: keyPair(found.seed), name: found.name } : { key: made, name: "" };
}

/** Keeps the name; rejects with `storage` if that fails. */
export async function keepName(database: Database, name: string): Promise<void> {
  try {
    const transaction = database.transaction("identity", "readwrite", { durability: "strict" });
    const found = await transaction.store.get(ME);
    if (found) await transaction.store.put({ ...found, name }, ME);
    await transaction.done;
  } catch (cause) {
    throw notKept(cause);
  }
}
