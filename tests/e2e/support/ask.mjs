import http from 'node:http';
import { within } from './eventually.mjs';

/** {status, headers, body, bytes} of one request on a connection of its own. */
export function ask(daemon, method, path, headers = {}, body = undefined) {
  return within(new Promise((resolve, reject) => {
    const request = http.request(daemon.url + path, { method, headers, agent: false }, (response) => {
      const pieces = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers,
        body: Buffer.concat(pieces).toString(), bytes: Buffer.concat(pieces) }));
    });
    request.on('error', reject);
    request.end(body);
  }), `${method} ${path} is answered`);
}

export async function askJson(daemon, path) {
  return JSON.parse((await ask(daemon, 'GET', path)).body);
}

/** The same with a JSON body. */
export function tell(daemon, method, path, value, headers = {}) {
  return ask(daemon, method, path, { 'content-type': 'application/json', ...headers }, JSON.stringify(value));
}
