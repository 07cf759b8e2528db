import decodeQR from "qr/decode.js";
import type { ReadCode } from "./camera";

/** Pixels of a picture's shorter side; more take longer than they help. */
const ENOUGH = 720;

/** Reads codes in the middle of what a camera sees. */
export function pictureReader(): ReadCode {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  return async (video) => {
    const side = Math.min(video.videoWidth, video.videoHeight);
    if (side === 0) return null;
    const size = Math.min(side, ENOUGH);
    const [left, top] = [(video.videoWidth - side) / 2, (video.videoHeight - side) / 2];
    canvas.width = canvas.height = size;
    context.drawImage(video, left, top, side, side, 0, 0, size, size);
    return textIn(context.getImageData(0, 0, size, size));
  };
}

/** The library throws where it sees none, which is nearly always. */
function textIn(picture: ImageData): string | null {
  try {
    return decodeQR(picture);
  } catch {
    return null;
  }
}
