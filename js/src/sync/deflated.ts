/** Long updates on their way, deflated; see Documents and presence in `docs/mesh.md`. */
import { PeerPlanError } from "../model/errors";
import { joined, utf8 } from "./keys";

/** The word by which a peer says that it takes such updates. */
export const DEFLATE = "deflate";
/** In the place of Loro's own `loro`. The length of the update follows, four bytes, big endian. */
const MAGIC = utf8("defl");
const HEAD = MAGIC.length + 4;
const FORMAT = "deflate-raw";
/** Bytes that are given to the browser at once; it inflates them all, to 17 MB at most. */
const STEP = 16 * 1024;

/** What was deflated, for as long as the updates are held by who has them. */
const known = new WeakMap<Uint8Array, Promise<Uint8Array>>();

/** Whether this browser inflates, and so deflates. */
export function canDeflate(): boolean {
  try {
    return Boolean(new DecompressionStream(FORMAT) && new CompressionStream(FORMAT));
  } catch {
    return false;
  }
}

/** What to send in the place of `update`; the same where nothing would be saved. */
export function deflated(update: Uint8Array): Promise<Uint8Array> {
  const made = known.get(update) ?? deflate(update);
  known.set(update, made);
  return made;
}

async function deflate(update: Uint8Array): Promise<Uint8Array> {
  const head = new Uint8Array(HEAD);
  head.set(MAGIC);
  new DataView(head.buffer).setUint32(MAGIC.length, update.length);
  const through = inPieces(update, update.length).pipeThrough(new CompressionStream(FORMAT));
  const packed = joined(head, ...(await read(through, update.length)).pieces);
  return packed.length < update.length ? packed : update;
}

/** Whether a blob says that it is one. */
export function isDeflated(blob: Uint8Array): boolean {
  return blob.length > HEAD && MAGIC.every((byte, at) => blob[at] === byte);
}

/** Bytes that a deflated update says it has. */
export function inflatedSize(blob: Uint8Array): number {
  return new DataView(blob.buffer, blob.byteOffset).getUint32(MAGIC.length);
}

/**
 * The update of a deflated one. Rejects with `too_large` if it is longer than it says, of which
 * little more is inflated, and with `protocol` if it is shorter, or is none.
 */
export async function inflated(blob: Uint8Array): Promise<Uint8Array> {
  const said = inflatedSize(blob);
  const { pieces, size } = await unpacked(blob.subarray(HEAD), said);
  if (size > said)
    throw new PeerPlanError(
      "too_large",
      `A deflated update has more than the ${said} bytes that it says.`,
    );
  if (size < said) throw unusable(`it is not the ${said} bytes that it says`);
  return joined(...pieces);
}

async function unpacked(packed: Uint8Array, most: number): Promise<Read> {
  try {
    return await read(inPieces(packed, STEP).pipeThrough(new DecompressionStream(FORMAT)), most);
  } catch (error) {
    throw unusable(error instanceof Error ? error.message : String(error));
  }
}

interface Read {
  pieces: Uint8Array[];
  size: number;
}

/** What comes of a stream, until it ends or is longer than `most`. */
async function read(stream: ReadableStream<Uint8Array>, most: number): Promise<Read> {
  const reader = stream.getReader();
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    pieces.push(next.value);
    size += next.value.length;
    if (size > most) {
      await reader.cancel();
      break;
    }
  }
  return { pieces, size };
}

function inPieces(bytes: Uint8Array, step: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at < bytes.length) controller.enqueue(bytes.slice(at, at + step));
      else controller.close();
      at += step;
    },
  });
}

function unusable(reason: string): PeerPlanError {
  return new PeerPlanError("protocol", `A deflated update is not usable: ${reason}.`);
}
