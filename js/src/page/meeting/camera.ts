import { PeerPlanError } from "../../model/errors";
import { pictureReader } from "./pictures";

/** Milliseconds between two looks at what the camera sees, at least. */
const PAUSE = 120;
const PASTE = "The text can be pasted instead.";

/** What there is of a code in a picture of the camera; null while there is none. */
export type ReadCode = (video: HTMLVideoElement) => Promise<string | null>;

/** Not in TypeScript's library: https://wicg.github.io/shape-detection-api/ */
interface BarcodeDetectorClass {
  new (options: {
    formats: string[];
  }): {
    detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
  };
  getSupportedFormats(): Promise<string[]>;
}

/**
 * Shows the camera in `video` until it sees a QR code, and resolves with its text. The camera is
 * off as soon as this has ended, which `signal` brings about. Rejects with what a person can do.
 */
export async function scanCode(video: HTMLVideoElement, signal: AbortSignal): Promise<string> {
  const read = await codeReader();
  const stream = await camera();
  const [track] = stream.getVideoTracks();
  try {
    video.dataset.facing = track?.getSettings().facingMode ?? "";
    video.srcObject = stream;
    await video.play().catch((cause) => {
      throw refusal("", undefined, cause);
    });
    while (!signal.aborted) {
      if (track?.readyState !== "live") throw refusal("", "The camera was switched off.");
      const began = performance.now();
      const text = await read(video);
      if (text) return text;
      // A weak device has half of its time for what it shows.
      const pause = Math.max(PAUSE, performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    throw signal.reason;
  } finally {
    for (const one of stream.getTracks()) one.stop();
    video.srcObject = null;
  }
}

async function camera(): Promise<MediaStream> {
  if (!navigator.mediaDevices) throw refusal("InsecureContext");
  try {
    const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
    return await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "environment", ...size },
    });
  } catch (cause) {
    throw refusal(cause instanceof DOMException ? cause.name : "", undefined, cause);
  }
}

const REFUSALS: Record<string, [message: string, hint: string]> = {
  InsecureContext: ["Browsers show no camera to a page that came over http.", PASTE],
  NotAllowedError: [
    "This page may not use the camera.",
    "Allow it where the browser keeps this page's permissions, and scan again; or paste the text.",
  ],
  NotFoundError: ["No camera is there.", PASTE],
  NotReadableError: [
    "The camera does not answer. Another program may be using it.",
    "Close that and scan again, or paste the text.",
  ],
};

function refusal(name: string, told = "The camera cannot be used.", cause?: unknown) {
  const [message, hint] = REFUSALS[name] ?? [told, PASTE];
  return new PeerPlanError("unreachable", message, { hint, cause });
}

/** The browser's own reader where it has one, else a library's. */
async function codeReader(): Promise<ReadCode> {
  const { BarcodeDetector } = globalThis as { BarcodeDetector?: BarcodeDetectorClass };
  const formats = await BarcodeDetector?.getSupportedFormats().catch((): string[] => []);
  if (!BarcodeDetector || !formats?.includes("qr_code")) return pictureReader();
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  let read: ReadCode = async (video) => (await detector.detect(video))[0]?.rawValue ?? null;
  return (video) =>
    read(video).catch(() => {
      // Some systems say that they can, and cannot.
      read = pictureReader();
      return null;
    });
}
