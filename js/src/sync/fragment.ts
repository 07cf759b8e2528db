import { PeerPlanError } from "../model/errors";

const REPEATED = new Set(["server", "ice"]);
const MAX_FIELDS = 40;
const HINT = "Copy the whole link again, or ask for a new one.";

/**
 * The values of each field of an invitation's fragment, in order; those that are not known are in
 * it as well. `invalid_input` beyond the limits, for what is not percent-encoded UTF-8, and for a
 * second value of a field that has one.
 */
export function fieldsOf(fragment: string, longest: number): Map<string, string[]> {
  if (fragment.length > longest)
    throw wrong(`It has ${fragment.length} characters, and ${longest} are allowed`);
  const pairs = fragment.split("&");
  if (pairs.length > MAX_FIELDS)
    throw wrong(`It has ${pairs.length} fields, and ${MAX_FIELDS} are allowed`);
  const found = new Map<string, string[]>();
  for (const pair of pairs) {
    const [name, value] = halves(pair).map(decoded) as [string, string];
    found.set(name, [...(found.get(name) ?? []), value]);
  }
  for (const [name, values] of found)
    if (values.length > 1 && !REPEATED.has(name))
      throw wrong(`It has ${values.length} fields "${name.slice(0, 20)}"`);
  return found;
}

/** Percent-encodes all but the unreserved characters of RFC 3986. */
export function encoded(value: string): string {
  const hex = (letter: string) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(value).replace(/[!'()*]/g, hex);
}

function halves(pair: string): [string, string] {
  const at = pair.indexOf("=");
  return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong("It is not percent-encoded UTF-8");
  }
}

function wrong(what: string): PeerPlanError {
  const message = `This is not an invitation. ${what}.`;
  return new PeerPlanError("invalid_input", message, { hint: HINT, data: { reason: "wrong" } });
}
