import type { Screen } from "./screen";

/** What people write: the same length for all. */
export function comment(number: number): string {
  return `Comment ${number}: sessions should end when their user is deleted, not a day later.`;
}

/** The number in one; not a number for any other text. */
export function numberOf(text: unknown): number {
  return typeof text === "string" ? Number(/^Comment (\d+):/.exec(text)?.[1]) : Number.NaN;
}

/** One way to bring a change from this page to the other's screen. */
export interface Contestant {
  /** Writes the comment of that number. */
  change(number: number): void;
  /** Whether comments are shown before their changes are taken in. */
  ahead?: boolean;
  /** Whether the other page is met and has all that is here. */
  ready(): boolean;
  /** Bytes of all changes that were made here, as they are given to be sent. */
  bytes(): number;
}

export type Make<T> = (given: T, screen: Screen) => Promise<Contestant>;
