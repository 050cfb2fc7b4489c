// schemas/openapi.yaml against the running daemon: what is documented is answered so, and what is answered is documented.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, askJson } from './support/ask.mjs';
import { startDaemon } from './support/daemon.mjs';
import { eventually } from './support/eventually.mjs';
import { assertAsDocumented, assertJsonLog, documented, openapi } from './support/openapi.mjs';
import { close, connect, egressPath, refused, send, STEREO_48K } from './support/track.mjs';
import { noise } from './support/wav.mjs';

test('every route is documented, every documented path is a route', async (t) => {
  const daemon = await startDaemon(t, { LOG_LEVEL: 'debug', LOG_FORMAT: 'json' });
  const routes = assertJsonLog(daemon.stderr).filter((line) => line.component === 'http' && line.message === 'route');
  assert.deepEqual(routes.map((route) => route.path).sort(), Object.keys(openapi.paths).sort());
  for (const { path, methods, socket } of routes) {
    const wanted = methods.split(', ').filter((method) => method !== 'HEAD' && method !== 'OPTIONS');
    const described = Object.keys(openapi.paths[path]).filter((key) => key !== 'parameters').map((key) => key.toUpperCase());
    assert.deepEqual(described.sort(), wanted.sort(), path);
    assert.equal(socket, Boolean(openapi.paths[path].get?.responses['101']), `${path} is a socket`);
  }
});

test('every documented answer is given, and is as documented', async (t) => {
  const seen = new Set();
  const take = (route, answer) => {
    seen.add(`GET ${route} ${answer.status}`);
    if (answer.status !== 101) assertAsDocumented(route, answer);
  };
  const origin = 'https://meet.example.org';
  const open = await startDaemon(t, { SOCKETIO_MAX_CLIENTS: '1', SOCKETIO_MAX_PAYLOAD_BYTES: '1024', EGRESS_MAX_TRACKS: '1', CORS_ORIGINS: origin, READY_MIN_FREE_BYTES: '0' });
  await eventually(async () => (await ask(open, 'GET', '/ready')).status === 200, 'the disks have answered');
  for (const route of ['/', '/health', '/ready', '/metrics', '/api/tracks']) take(route, await ask(open, 'GET', route));

  const socket = await connect(open, egressPath({ roomName: 'r', trackId: 'TR_1', meetingId: 'm', ...STEREO_48K }));
  take('/egress-audio', { status: 101 });
  await send(socket, noise(192000));
  const { id } = (await askJson(open, '/api/tracks')).tracks[0];
  take('/api/tracks/{id}/coverage', await ask(open, 'GET', `/api/tracks/${id}/coverage?meetingId=%zz`));
  await open.hasLedger('m');
  for (const end of ['', '/coverage', '/pipeline.dot']) {
    take(`/api/tracks/{id}${end}`, await ask(open, 'GET', `/api/tracks/${id}${end}`));
    take(`/api/tracks/{id}${end}`, await ask(open, 'GET', `/api/tracks/unknown${end}`));
  }
  take('/egress-audio', await refused(open, egressPath({ roomName: 'r' }))); // 503
  take('/egress-audio', await refused(open, egressPath({})));
  take('/egress-audio', await refused(open, egressPath({ roomName: 'r' }), { origin: 'https://evil.example.org' }));
  take('/egress-audio', await ask(open, 'GET', '/egress-audio?roomName=r'));
  await close(socket);

  const realtime = async (query, options) => {
    const answer = await fetch(`${open.url}/socket.io/?${query}`, options);
    const body = await answer.text();
    seen.add(`${options?.method ?? 'GET'} /socket.io/ ${answer.status}`);
    if (body) assertAsDocumented('/socket.io/', { status: answer.status, headers: Object.fromEntries(answer.headers), body },
      (options?.method ?? 'GET').toLowerCase());
    return body;
  };
  const { sid } = JSON.parse((await realtime('EIO=4&transport=polling')).slice(1));
  const session = `EIO=4&transport=polling&sid=${sid}`;
  await realtime('EIO=4&transport=polling'); // 503: SOCKETIO_MAX_CLIENTS
  await realtime('EIO=4&transport=other');
  for (const body of ['x'.repeat(2000), '40', '9']) await realtime(session, { method: 'POST', body });
  await close(await connect(open, '/socket.io/?EIO=4&transport=websocket'));
  take('/socket.io/', { status: 101 });

  const shut = await startDaemon(t, { READY_MIN_FREE_BYTES: String(2 ** 50), EGRESS_AUTH: 'token',
    EGRESS_AUTH_SECRET: '0123456789abcdef0123456789abcdef' });
  take('/ready', await ask(shut, 'GET', '/ready'));
  take('/egress-audio', await refused(shut, egressPath({ roomName: 'r' })));
  assert.deepEqual([...seen].sort(), documented().sort());
});

test('a wrong method and an unknown path are documented errors', async (t) => {
  const daemon = await startDaemon(t);
  for (const route of Object.keys(openapi.paths).filter((path) => path !== '/socket.io/')) {
    const answer = await ask(daemon, 'POST', route.replace('{id}', 'x'));
    assert.equal(answer.status, 405, route);
    assert.equal(answer.headers.allow, 'GET, HEAD, OPTIONS'.replace(route === '/egress-audio' ? ' HEAD,' : '', ''));
    assertAsDocumented(route, answer);
    const preflight = await ask(daemon, 'OPTIONS', route.replace('{id}', 'x'));
    assert.deepEqual([preflight.status, preflight.headers.allow], [204, answer.headers.allow], route);
  }
  for (const path of ['/api', '/api/tracks/', '/api/tracks/a/b', '/api/tracks/%2F', '/api/tracks//pipeline.dot']) {
    const answer = await ask(daemon, 'GET', path);
    assert.equal(answer.status, 404, path);
    assertAsDocumented('/', answer);
    assert.ok(!answer.body.includes('/health'), 'no list of routes');
  }
});
