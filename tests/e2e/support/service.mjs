// An analysis service whose answers a test chooses.
import { once } from 'node:events';
import http from 'node:http';

/** A service whose answer can be changed: a status, or 'hang'. Remembers what it took, in order. */
export async function startService(t, answer) {
  const service = { answer, taken: [], requests: 0 };
  const server = http.createServer(async (request, response) => {
    const pieces = [];
    try {
      for await (const piece of request) pieces.push(piece);
    } catch {
      return; // a daemon that ends may leave in the middle of a block
    }
    service.requests += 1;
    if (service.answer === 'hang') return;
    if (service.answer === 200) service.taken.push({ headers: request.headers, body: Buffer.concat(pieces) });
    response.writeHead(service.answer).end('{"error":"no"}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => { server.closeAllConnections(); server.close(); });
  service.url = `http://127.0.0.1:${server.address().port}/ingest`;
  return service;
}
