import { useEffect, useState } from "react";

export type Size = "wide" | "middle" | "narrow" | "slim";

export interface Room {
  size: Size;
  /** Whether the window has noticeably more room than the review was given. */
  more: boolean;
}

const WIDE = 1060;
const MIDDLE = 720;
/** With less, lines of text are no longer lines. */
const NARROW = 200;
/** Of the window's area; with less a reader may want more. */
const MOST = 0.8;

/** By the room that is there, not by the window: a notebook cell is narrower than its page. */
export function useRoom(home: React.RefObject<HTMLElement | null>): Room {
  const [size, setSize] = useState<Size>("wide");
  const [more, setMore] = useState(false);
  useEffect(() => {
    const element = home.current;
    if (!element) return;
    const measure = () => {
      const { clientWidth, clientHeight } = element;
      setSize(sizeOf(clientWidth));
      setMore(clientWidth * clientHeight < MOST * innerWidth * innerHeight);
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    addEventListener("resize", measure);
    return () => {
      observer.disconnect();
      removeEventListener("resize", measure);
    };
  }, [home]);
  return { size, more };
}

export function sizeOf(width: number): Size {
  if (width >= MIDDLE) return width >= WIDE ? "wide" : "middle";
  return width >= NARROW ? "narrow" : "slim";
}
