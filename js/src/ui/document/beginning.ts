/** More than any pane shows, in UTF-16 units. */
const ENOUGH = 8_000;

/**
 * The beginning of a long markdown text, up to a blank line. It is drawn as it is in the whole, but
 * for a block that goes on after it; so it is the whole text where what follows may define a link
 * or a footnote.
 */
export function beginning(source: string): string {
  const end = source.lastIndexOf("\n\n", ENOUGH);
  const short = source.length <= 2 * ENOUGH || end <= 0;
  return short || source.includes("]:", end) ? source : source.slice(0, end);
}
