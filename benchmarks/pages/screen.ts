import { numberOf } from "./contestant";

/** Milliseconds since 1970 by the clock that pages of one machine share, finer than `Date`. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** When a change came to this page: its text was set in the DOM, and a frame with it was made. */
export interface Sight {
  number: number;
  shown: number;
  painted: number;
  /** When the change itself was in the document, where it is shown ahead of that. */
  taken: number;
}

/** A line of text on the page that follows the last comment. */
export class Screen {
  readonly sights: Sight[] = [];
  readonly #line = document.body.appendChild(document.createElement("p"));

  /** Shows a comment; other texts are not shown. */
  show(comment: unknown): void {
    const number = numberOf(comment);
    if (Number.isNaN(number)) return;
    this.#line.textContent = String(comment);
    const sight = { number, shown: now(), painted: 0, taken: 0 };
    this.sights.push(sight);
    afterFrame(() => {
      sight.painted = now();
    });
  }

  /** The change of a comment that is shown is in the document. */
  take(comment: unknown): void {
    const number = numberOf(comment);
    const sight = this.sights.findLast((one) => one.number === number);
    if (sight) sight.taken = now();
  }
}

/** Frames are made after their callbacks and before the next task. */
function afterFrame(then: () => void): void {
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = then;
    port2.postMessage(null);
  });
}
