import { CodePoints } from "../model/code_points";
import { MAX_READ_CONTENT } from "./limits";
import { head, SPACE, strip } from "./text";

const HEADING = new RegExp(`(?<![^\\n])#{1,6}[${SPACE}]+([^\\n]+)`, "g");
const MAX_BLOCK = 400;

/** The plan's markdown. Its positions here are UTF-16 units; `points` leads to those of the plan. */
export class Content {
  /** What is read; a peer may have written more. */
  readonly text: string;
  #points: CodePoints | undefined;
  #headings: { at: number; name: string }[] | undefined;

  constructor(whole: string) {
    this.text = head(whole, MAX_READ_CONTENT);
  }

  get points(): CodePoints {
    this.#points ??= new CodePoints(this.text);
    return this.#points;
  }

  /** The heading above a position; empty before the first. */
  blockAt(unit: number): string {
    this.#headings ??= [...this.text.matchAll(HEADING)].map((match) => ({
      at: match.index,
      name: head(strip(match[1]!), MAX_BLOCK),
    }));
    return this.#headings.findLast(({ at }) => at <= unit)?.name ?? "";
  }
}
