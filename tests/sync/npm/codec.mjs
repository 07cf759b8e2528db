// Answers each line of JSON: {"decode": hex} or {"encode": message, with bytes as {"hex": ...}}.
import { createInterface } from "node:readline";
import { decode, encode } from "loro-protocol";

const hex = (bytes) => Buffer.from(bytes).toString("hex");
const toWire = (_, value) => (value instanceof Uint8Array ? { hex: hex(value) } : value);
const fromWire = (_, value) =>
  value !== null && typeof value === "object" && typeof value.hex === "string"
    ? new Uint8Array(Buffer.from(value.hex, "hex"))
    : value;

function answer(question) {
  try {
    if (question.encode) return { encoded: hex(encode(question.encode)) };
    const message = decode(new Uint8Array(Buffer.from(question.decode, "hex")));
    return { message, encoded: hex(encode(message)) };
  } catch (error) {
    return { error: String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin }))
  console.log(JSON.stringify(answer(JSON.parse(line, fromWire)), toWire));
