// schemas/openapi.yaml against the running daemon: what is documented is answered so, and what is answered is documented.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, askJson, tell } from './support/ask.mjs';
import { startDaemon } from './support/daemon.mjs';
import { sqlite } from './support/database.mjs';
import { eventually } from './support/eventually.mjs';
import { KEY, LiveKit, SECRET, signedFor } from './support/livekit.mjs';
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

async function takeWebhooks(daemon, take) {
  const route = '/livekit/webhook';
  const post = async (type, body, headers = {}) => take(route, await ask(daemon, 'POST', route, { 'content-type': type, ...headers }, body), 'POST');
  const event = JSON.stringify({ id: 'EV_1', event: 'room_started', room: { sid: 'RM_1', name: 'r' } });
  assert.equal((await post('application/webhook+json', event)).status, 401);
  for (const [type, body] of [['application/webhook+json', event], ['application/json', '{}'], ['text/plain', event]]) {
    await post(type, body, { authorization: await signedFor(body) });
  }
}

async function takeVideo(daemon, take) {
  const route = '/egress-video';
  await eventually(async () => (await askJson(daemon, '/api/tracks')).tracks.length === 0, 'there is a place');
  await close(await connect(daemon, `${route}?roomName=r&codec=vp8`));
  take(route, { status: 101 });
  take(route, await refused(daemon, `${route}?roomName=r&codec=av1`));
  take(route, await refused(daemon, `${route}?roomName=r&codec=vp8`, { origin: 'https://evil.example.org' }));
  take(route, await ask(daemon, 'GET', `${route}?roomName=r&codec=vp8`));
}

async function takeUsers(daemon, take) {
  const users = '/api/users';
  const made = JSON.parse(take(users, await tell(daemon, 'POST', users, { email: 'ann@example.org' }), 'POST').body);
  take(users, await tell(daemon, 'POST', users, {}), 'POST');
  take(users, await tell(daemon, 'POST', users, { email: 'Ann@example.org' }), 'POST');
  take(users, await ask(daemon, 'POST', users, { 'content-type': 'text/plain' }, '{}'), 'POST');
  take(users, await ask(daemon, 'GET', users));
  take(users, await ask(daemon, 'GET', `${users}?limit=0`));
  await tell(daemon, 'POST', users, { email: 'bob@example.org' });
  const one = `${users}/{id}`;
  for (const id of [made.id, 'nobody']) {
    take(one, await ask(daemon, 'GET', `${users}/${id}`));
    take(one, await tell(daemon, 'PATCH', `${users}/${id}`, { name: 'Ann' }), 'PATCH');
  }
  take(one, await tell(daemon, 'PATCH', `${users}/${made.id}`, { email: 'bob@example.org' }), 'PATCH');
  take(one, await tell(daemon, 'PATCH', `${users}/${made.id}`, { email: 7 }), 'PATCH');
  take(one, await ask(daemon, 'PATCH', `${users}/${made.id}`, { 'content-type': 'text/plain' }, '{}'), 'PATCH');
  for (const id of [made.id, 'nobody']) take(one, await ask(daemon, 'DELETE', `${users}/${id}`), 'DELETE');
}

async function takeEgress(t, take) {
  const livekit = await new LiveKit(t).listen();
  livekit.rooms = { r: { ann: [{ sid: 'TR_1' }, { sid: 'TR_E', encryption: 'GCM' }, { sid: 'TR_2' }] } };
  const daemon = await startDaemon(t, { ...livekit.settings(), EGRESS_PUBLIC_URL: 'ws://127.0.0.1:1', LIVEKIT_RECONCILE_MS: '0' });
  const all = '/api/egress';
  const start = (trackId) => tell(daemon, 'POST', all, { roomName: 'r', trackId });
  const { egressId } = JSON.parse(take(all, await start('TR_1'), 'POST').body);
  for (const track of ['TR_1', 'TR_E', 'TR_unknown', '']) take(all, await start(track), 'POST');
  take(all, await ask(daemon, 'POST', all, { 'content-type': 'text/plain' }, '{}'), 'POST');
  livekit.failing.StartTrackEgress = { status: 503, code: 'unavailable', msg: 'no response from servers' };
  take(all, await start('TR_2'), 'POST');
  take(all, await ask(daemon, 'GET', all));
  take(all, await ask(daemon, 'GET', `${all}?limit=0`));
  for (const id of [egressId, 'unknown']) take('/api/egress/{id}', await ask(daemon, 'DELETE', `${all}/${id}`), 'DELETE');
}

/** Of a session that is in the database, and a track of it. */
async function takeRecords(daemon, take, track) {
  await sqlite(daemon.databaseFile, "INSERT INTO sessions VALUES ('s', 'm', 'r', 'm', 'ACTIVE', 1, 1, NULL)");
  const meeting = await eventually(async () => {
    const answer = await ask(daemon, 'GET', '/api/sessions/m');
    return JSON.parse(answer.body).tracks?.[0]?.endedAt && answer;
  }, 'the track is stored');
  take('/api/sessions/{meetingId}', meeting);
  take('/api/sessions/{meetingId}', await ask(daemon, 'GET', '/api/sessions/unknown'));
  take('/api/sessions/{meetingId}', await ask(daemon, 'GET', '/api/sessions/m?results=x'));
  take('/api/sessions', await ask(daemon, 'GET', '/api/sessions'));
  take('/api/sessions', await ask(daemon, 'GET', '/api/sessions?status=x'));
  for (const end of [`${track}/results`, 'unknown/results', `${track}/results?from=x`]) take('/api/tracks/{id}/results', await ask(daemon, 'GET', `/api/tracks/${end}`));
  for (const end of ['m/export.mkv', 'm/export.mkv?name=ann', 'unknown/export.mkv']) {
    take('/api/sessions/{meetingId}/export.mkv', await ask(daemon, 'GET', `/api/sessions/${end}`));
  }
  const { audio } = JSON.parse(meeting.body).tracks[0].recordings[0];
  const whole = take('/api/recordings/{id}/audio', await ask(daemon, 'GET', audio));
  for (const headers of [{ range: 'bytes=0-9' }, { range: 'bytes=999999999-' }, { 'if-none-match': whole.headers.etag }]) {
    take('/api/recordings/{id}/audio', await ask(daemon, 'GET', audio, headers));
  }
  take('/api/recordings/{id}/audio', await ask(daemon, 'GET', '/api/recordings/unknown.1/audio'));
}

test('every documented answer is given, and is as documented', async (t) => {
  const seen = new Set();
  const take = (route, answer, method = 'GET') => {
    seen.add(`${method} ${route} ${answer.status}`);
    if (answer.status !== 101) assertAsDocumented(route, answer, method.toLowerCase());
    return answer;
  };
  const origin = 'https://meet.example.org';
  const open = await startDaemon(t, { SOCKETIO_MAX_CLIENTS: '1', SOCKETIO_MAX_PAYLOAD_BYTES: '1024', EGRESS_MAX_TRACKS: '1', CORS_ORIGINS: origin, READY_MIN_FREE_BYTES: '0',
    LIVEKIT_API_KEY: KEY, LIVEKIT_API_SECRET: SECRET });
  await eventually(async () => (await ask(open, 'GET', '/ready')).status === 200, 'the disks have answered');
  for (const route of ['/', '/health', '/ready', '/metrics', '/api/tracks']) take(route, await ask(open, 'GET', route));

  await takeUsers(open, take);
  await takeWebhooks(open, take);
  await takeEgress(t, take);
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
  take('/egress-video', await refused(open, '/egress-video?roomName=r&codec=vp8'));
  take('/egress-audio', await refused(open, egressPath({})));
  take('/egress-audio', await refused(open, egressPath({ roomName: 'r' }), { origin: 'https://evil.example.org' }));
  take('/egress-audio', await ask(open, 'GET', '/egress-audio?roomName=r'));
  await close(socket);
  await takeVideo(open, take);
  await takeRecords(open, take, id);

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
  take('/egress-video', await refused(shut, '/egress-video?roomName=r&codec=vp8'));
  assert.deepEqual([...seen].sort(), documented().sort());
});

test('a wrong method and an unknown path are documented errors', async (t) => {
  const daemon = await startDaemon(t);
  for (const route of Object.keys(openapi.paths).filter((path) => path !== '/socket.io/')) {
    const path = route.replace(/\{\w+\}/, 'x');
    const described = openapi.paths[route];
    const methods = ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST'].filter((method) => described[method.toLowerCase()]
      || (method === 'HEAD' && described.get && !route.startsWith('/egress-')));
    const answer = await ask(daemon, 'PUT', path);
    assert.equal(answer.status, 405, route);
    assert.equal(answer.headers.allow, [...methods, 'OPTIONS'].join(', '));
    assertAsDocumented(route, answer, methods[0].toLowerCase());
    const preflight = await ask(daemon, 'OPTIONS', path);
    assert.deepEqual([preflight.status, preflight.headers.allow], [204, answer.headers.allow], route);
  }
  for (const path of ['/api', '/api/tracks/', '/api/tracks/a/b', '/api/tracks/%2F', '/api/tracks//pipeline.dot']) {
    const answer = await ask(daemon, 'GET', path);
    assert.equal(answer.status, 404, path);
    assertAsDocumented('/', answer);
    assert.ok(!answer.body.includes('/health'), 'no list of routes');
  }
});
