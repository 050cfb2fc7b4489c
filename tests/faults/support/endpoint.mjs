// An analysis service in the test's own process that can be well, or ill in the ways of real ones.
import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { random } from './random.mjs';

/** Answers that are no HTTP, or stop before they are whole. Each ends the connection. */
const GARBAGE = [
  (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'),
  (socket) => socket.destroy(),
  (socket) => socket.end('HTTP/1.1 200'),
  (socket) => socket.end('HTTP/1.1 999999999999 Fine\r\n\r\n'),
  (socket) => socket.end('HTTP/1.1 503 Down\r\nContent-Length: 1000\r\n\r\nshort'),
  (socket) => socket.end('HTTP/1.1 503 Down\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'),
  (socket) => socket.end(`HTTP/1.1 503 Down\r\nX-Long: ${'x'.repeat(300_000)}\r\n\r\n`),
  (socket) => socket.end(Buffer.from(Array.from({ length: 2000 }, (_, i) => (i * 167) & 0xff))),
];

/**
 * `mode` may be changed at any time: 'well', 'refusing' (503), 'hanging', 'slow', 'flapping' (by turns of ten requests),
 * 'garbage'. `taken` are the requests that were answered with 200, in the order of the answers: {headers, body}.
 */
export class Endpoint {
  constructor(mode, seed) {
    Object.assign(this, { mode, taken: [], requests: 0, draw: random(seed) });
    this.server = http.createServer((request, response) => {
      this.#take(request, response).catch(() => response.destroy()); // a peer that was killed while it sent
    });
  }

  static async start(t, mode, seed = 1) {
    const endpoint = new Endpoint(mode, seed);
    await endpoint.listen(0);
    endpoint.port = endpoint.server.address().port;
    endpoint.url = `http://127.0.0.1:${endpoint.port}/ingest`;
    t.after(() => endpoint.close());
    return endpoint;
  }

  async listen(port = this.port) {
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  /** Nobody listens from here on: connections are refused. */
  close() {
    this.server.closeAllConnections();
    this.server.close();
  }

  async #take(request, response) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const mode = this.#modeOf(this.requests);
    this.requests += 1;
    if (mode === 'hanging') return;
    if (mode === 'garbage') {
      GARBAGE[this.draw(GARBAGE.length)](response.socket);
      return;
    }
    if (mode === 'slow') await pause(this.draw(300));
    if (mode === 'refusing') {
      response.writeHead(503).end('{"error":"down"}');
      return;
    }
    this.taken.push({ headers: request.headers, body: Buffer.concat(pieces) });
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"ok":true}');
  }

  #modeOf(number) {
    if (this.mode !== 'flapping') return this.mode;
    return ['well', 'refusing', 'well', 'garbage'][Math.floor(number / 10) % 4];
  }
}
