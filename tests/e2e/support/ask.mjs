import http from 'node:http';
import { within } from './eventually.mjs';

/** {status, headers, body} of one request on a connection of its own. */
export function ask(daemon, method, path, headers = {}) {
  return within(new Promise((resolve, reject) => {
    const request = http.request(daemon.url + path, { method, headers, agent: false }, (response) => {
      const pieces = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers,
        body: Buffer.concat(pieces).toString() }));
    });
    request.on('error', reject);
    request.end();
  }), `${method} ${path} is answered`);
}

export async function askJson(daemon, path) {
  return JSON.parse((await ask(daemon, 'GET', path)).body);
}
