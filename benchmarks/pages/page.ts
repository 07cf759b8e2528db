import type { Contestant } from "./contestant";
import { join } from "./join";
import { jupyter } from "./jupyter";
import { ours } from "./ours";
import { give, raw, skew, take, tellTime } from "./raw";
import { now, Screen } from "./screen";
import { yWebrtc } from "./y_webrtc";

const MAKE = { ours, plain: ours, "y-webrtc": yWebrtc, jupyter, raw };
const entered = new Map<string, { contestant: Contestant; screen: Screen }>();

/** What the benchmark does with this page, from outside. */
Object.assign(globalThis, {
  async enter(name: keyof typeof MAKE, given: never) {
    const screen = new Screen();
    entered.set(name, { contestant: await MAKE[name](given, screen), screen });
  },
  isReady: (name: string) => entered.get(name)!.contestant.ready(),
  /** Writes the comments from a number on, each after so many milliseconds; when it did. */
  async write(name: string, from: number, pauses: number[]) {
    const { contestant } = entered.get(name)!;
    const written: number[] = [];
    for (const pause of pauses) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      written.push(now());
      contestant.change(from + written.length - 1);
    }
    return written;
  },
  /** How many comments of the other page were painted here, and taken in where that is later. */
  seen(name: string) {
    const { contestant, screen } = entered.get(name)!;
    const whole = screen.sights.filter((one) => one.painted && (one.taken || !contestant.ahead));
    return whole.length;
  },
  /** What was seen of the comments from a number on, in their order. */
  sights(name: string, from: number) {
    const { sights } = entered.get(name)!.screen;
    return sights.filter(({ number }) => number >= from).sort((a, b) => a.number - b.number);
  },
  bytes: (name: string) => entered.get(name)!.contestant.bytes(),
  give,
  take,
  skew,
  tellTime,
  join,
});
