import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface Asked {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: unknown;
}

export type Answering = (asked: Asked) => { status?: number; body: string | Uint8Array | object };

/** The address of a web server that lasts as long as the test, and what it was asked. */
export async function served(answer: Answering): Promise<{ address: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const { method = "GET", url = "/", headers } = request;
    const one = { method, path: url, headers, body: text ? JSON.parse(text) : null };
    asked.push(one);
    const { status = 200, body } = answer(one);
    const plain = typeof body === "string" || body instanceof Uint8Array;
    response.writeHead(status).end(plain ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

export const NOTHING = { status: 404, body: { message: "404 Not Found" } };
