// A real LiveKit server on the loopback, and participants by LiveKit's own client.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.mjs';
import { KEY, SECRET } from './livekit.mjs';
import { Program, source, temporaryDirectory } from './program.mjs';

/** Where the server is; empty when it has not been built. */
export function findServer() {
  try {
    return execFileSync(path.join(source, 'tools/livekit-server'), ['--find'], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Between LiveKit and a daemon that starts after it: `target` gets webhooks as they were sent; none: they are lost. */
export async function startRelay(t) {
  const relay = { target: undefined, events: [] };
  const server = http.createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces);
    relay.events.push(JSON.parse(body).event);
    if (!relay.target) return response.writeHead(204).end();
    const answer = await fetch(`${relay.target.url}/livekit/webhook`, { method: 'POST', body,
      headers: { authorization: request.headers.authorization, 'content-type': request.headers['content-type'] } }).catch(() => ({ status: 503 }));
    return response.writeHead(answer.status).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => { server.closeAllConnections(); server.close(); });
  relay.url = `http://127.0.0.1:${server.address().port}/livekit/webhook`;
  return relay;
}

/** {url (http), socket (ws), program}: without Redis, so it has no egress. Webhooks go to `relay`. */
export async function startServer(t, relay) {
  let program;
  const directory = temporaryDirectory(t, async () => { program?.kill('SIGKILL'); await program?.end(); });
  const [port, tcp, udp] = [await freePort(), await freePort(), await freePort()];
  const file = path.join(directory, 'livekit.yaml');
  fs.writeFileSync(file, JSON.stringify({ // which is YAML
    port, bind_addresses: ['127.0.0.1'], keys: { [KEY]: SECRET }, webhook: { api_key: KEY, urls: [relay.url] },
    rtc: { tcp_port: tcp, udp_port: udp, use_external_ip: false, node_ip: '127.0.0.1', enable_loopback_candidate: true } }));
  program = new Program(findServer(), ['--config', file], { cwd: directory });
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => {
    assert.ok(!program.result, program.output());
    return fetch(url).then((answer) => answer.ok, () => false);
  }, () => `LiveKit's server answers\n${program.output()}`);
  return { url, socket: url.replace('http', 'ws'), program };
}

const publisher = fileURLToPath(new URL('publisher.mjs', import.meta.url));

/** Somebody who publishes a microphone: `track(n)` is the id of the nth publication. */
export class Speaker {
  constructor(t, server, token) {
    this.program = new Program(process.execPath, [publisher, server.socket, token], {}, 'pipe');
    t.after(async () => { this.program.kill('SIGKILL'); await this.program.end(); });
  }

  async track(number = 1) {
    const match = await this.program.printed(new RegExp(`(?:published (\\S+)[^]*?){${number}}`));
    return match[1];
  }

  publishAgain() { this.program.process.stdin.write('again\n'); }

  async leave() {
    this.program.process.stdin.end();
    const { code } = await this.program.end();
    assert.equal(code, 0, this.program.output());
  }
}
