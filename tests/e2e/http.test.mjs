// The HTTP front as a stock client sees it, and every bad parameter of /egress-audio.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask } from './support/ask.mjs';
import { startDaemon } from './support/daemon.mjs';
import { close, connect, egressPath, refused, send, STEREO_48K } from './support/track.mjs';

function assertProblem(answer, status, code) {
  assert.equal(answer.status, status, answer.body);
  assert.match(answer.headers['content-type'], /^application\/json/);
  const { error } = JSON.parse(answer.body);
  assert.equal(error.code, code);
  assert.ok(error.message.length > 10, 'the message is for people');
  return error;
}

test('GET / says that the service runs', async (t) => {
  const daemon = await startDaemon(t);
  const answer = await ask(daemon, 'GET', '/');
  assert.equal(answer.status, 200);
  assert.match(answer.headers['content-type'], /^application\/json/);
  assert.deepEqual(JSON.parse(answer.body), { message: 'Live Meeting API is running', status: 'ok' });
});

test('GET /health is healthy, with the time of now', async (t) => {
  const daemon = await startDaemon(t);
  const before = Date.now();
  const answer = await ask(daemon, 'GET', '/health');
  assert.equal(answer.status, 200);
  const health = JSON.parse(answer.body);
  assert.deepEqual(Object.keys(health).sort(), ['status', 'timestamp']);
  assert.equal(health.status, 'healthy');
  assert.match(health.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const time = Date.parse(health.timestamp);
  assert.ok(before - 1000 <= time && time <= Date.now() + 1000, health.timestamp);
});

test('HEAD is GET without the body', async (t) => {
  const daemon = await startDaemon(t);
  const [get, head] = [await ask(daemon, 'GET', '/'), await ask(daemon, 'HEAD', '/')];
  assert.equal(head.status, 200);
  assert.equal(head.body, '');
  assert.equal(head.headers['content-length'], get.headers['content-length']);
});

test('an unknown path is a 404 in JSON', async (t) => {
  const daemon = await startDaemon(t);
  for (const path of ['/nothing', '/health/']) {
    assertProblem(await ask(daemon, 'GET', path), 404, 'not_found');
  }
});

test('a wrong method is a 405 in JSON that says what is allowed', async (t) => {
  const daemon = await startDaemon(t);
  for (const method of ['POST', 'PUT', 'DELETE']) {
    const answer = await ask(daemon, method, '/health');
    assertProblem(answer, 405, 'method_not_allowed');
    assert.equal(answer.headers.allow, 'GET, HEAD, OPTIONS');
  }
});

test('/egress-audio without an upgrade says that it is a WebSocket', async (t) => {
  const daemon = await startDaemon(t);
  const answer = await ask(daemon, 'GET', '/egress-audio?roomName=r');
  assertProblem(answer, 426, 'upgrade_required');
  assert.equal(answer.headers.upgrade, 'websocket');
});

test('pages of this machine may read, on success and on failure, and no others unless CORS_ORIGINS says so', async (t) => {
  const daemon = await startDaemon(t);
  const everybody = await startDaemon(t, { CORS_ORIGINS: '*' });
  const allowed = async (whom, path, origin) => (await ask(whom, 'GET', path, { Origin: origin })).headers['access-control-allow-origin'];
  for (const path of ['/', '/health', '/nothing']) {
    for (const page of ['http://localhost:3000', 'http://127.0.0.1:5173']) assert.equal(await allowed(daemon, path, page), page);
    assert.equal(await allowed(daemon, path, 'https://evil.example.org'), undefined, path);
    assert.equal(await allowed(everybody, path, 'https://meet.example.org'), '*', path);
  }
});

test('a name that was bound to this machine by somebody else is not served to pages', async (t) => {
  const daemon = await startDaemon(t);
  const host = `evil.example.org:${daemon.port}`;
  for (const path of ['/', '/api/tracks', '/socket.io/?EIO=4&transport=polling']) {
    assertProblem(await ask(daemon, 'GET', path, { Host: host }), 421, 'unknown_host');
  }
  assertProblem(await refused(daemon, egressPath({ roomName: 'r' }), { headers: { Host: host, Origin: `http://${host}` } }), 421, 'unknown_host');
});

test('a preflight names the methods and the headers that were asked for', async (t) => {
  const daemon = await startDaemon(t);
  const answer = await ask(daemon, 'OPTIONS', '/health', { Origin: 'http://localhost:3000',
    'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'content-type, x-mine' });
  assert.equal(answer.status, 204);
  assert.equal(answer.body, '');
  assert.equal(answer.headers['access-control-allow-origin'], 'http://localhost:3000');
  assert.equal(answer.headers['access-control-allow-methods'], 'GET, HEAD, OPTIONS');
  assert.equal(answer.headers['access-control-allow-headers'], 'content-type, x-mine');
});

test('only a listed origin may read and connect when CORS_ORIGINS lists some', async (t) => {
  const listed = 'https://meet.example.org';
  const daemon = await startDaemon(t, { CORS_ORIGINS: `https://other.example.org, ${listed}` });
  const allowed = async (origin) => (await ask(daemon, 'GET', '/', { Origin: origin })).headers['access-control-allow-origin'];
  assert.equal(await allowed(listed), listed);
  assert.equal(await allowed('https://evil.example.org'), undefined);
  const refusal = await refused(daemon, egressPath({ roomName: 'r' }), { origin: 'https://evil.example.org' });
  assertProblem(refusal, 403, 'origin_not_allowed');
  await close(await connect(daemon, egressPath({ roomName: 'r' }), { origin: listed }));
});

const BAD = [
  ['no room', '', 'roomName'],
  ['an empty room', 'roomName=&participant=p', 'roomName'],
  ['a sample rate that is text', 'roomName=r&sampleRate=fast', 'sampleRate'],
  ['a sample rate that is too low', 'roomName=r&sampleRate=7999', 'sampleRate'],
  ['a sample rate that is too high', 'roomName=r&sampleRate=192001', 'sampleRate'],
  ['a sample rate with a fraction', 'roomName=r&sampleRate=48000.5', 'sampleRate'],
  ['a negative sample rate', 'roomName=r&sampleRate=-48000', 'sampleRate'],
  ['a sample rate beyond every integer', 'roomName=r&sampleRate=99999999999999999999', 'sampleRate'],
  ['no channels', 'roomName=r&channels=0', 'channels'],
  ['nine channels', 'roomName=r&channels=9', 'channels'],
  ['channels as text', 'roomName=r&channels=two', 'channels'],
  ['groups that are too short', 'roomName=r&groupSeconds=0.05', 'groupSeconds'],
  ['groups that are too long', 'roomName=r&groupSeconds=301', 'groupSeconds'],
  ['groups that are not a number', 'roomName=r&groupSeconds=nan', 'groupSeconds'],
  ['endless groups', 'roomName=r&groupSeconds=inf', 'groupSeconds'],
  ['groups with a unit', 'roomName=r&groupSeconds=2s', 'groupSeconds'],
  ['a room that is given twice', 'roomName=a&roomName=b', 'roomName'],
  ['a room in both forms', 'roomName=a&room=b', 'roomName'],
  ['a track that is not UTF-8', 'roomName=r&trackId=%ff%fe', 'trackId'],
  ['a NUL in the meeting', 'roomName=r&meetingId=a%00b', 'meetingId'],
  ['a participant of more than 4096 bytes', `roomName=r&participant=${'p'.repeat(4097)}`, 'participant'],
];

for (const [what, query, parameter] of BAD) {
  test(`/egress-audio refuses ${what} before the upgrade and names ${parameter}`, async (t) => {
    const daemon = await startDaemon(t);
    const answer = await refused(daemon, `/egress-audio?${query}`);
    const error = assertProblem(answer, 400, 'invalid_parameter');
    assert.equal(error.parameter, parameter);
    assert.ok(error.message.startsWith(parameter), error.message);
    assert.deepEqual(daemon.recordings(), []);
  });
}

test('a request target that is no URL is refused with 400 in JSON, before the upgrade', async (t) => {
  const daemon = await startDaemon(t);
  assertProblem(await refused(daemon, '/egress-audio?roomName=r&participant=%zz'), 400, 'bad_request');
});

test('the short forms room and track, and the limits of every parameter, are accepted', async (t) => {
  const daemon = await startDaemon(t);
  const good = ['room=r&track=TR_short', 'roomName=r&trackId=TR_low&sampleRate=8000&channels=1&groupSeconds=0.1',
    'roomName=r&trackId=TR_high&sampleRate=192000&channels=8&groupSeconds=300',
    'roomName=r&trackId=TR_empty&sampleRate=&channels=&groupSeconds=&unknown=1'];
  for (const query of good) {
    const socket = await connect(daemon, `/egress-audio?${query}`);
    await send(socket, Buffer.alloc(1920));
    await close(socket);
    const trackId = /TR_\w+/.exec(query)[0];
    const { line, wav } = await daemon.ended('r', trackId);
    assert.equal(line.outcome, 'ok', line.message);
    assert.equal(wav.data.length, 1920, query);
  }
  assert.deepEqual([(await daemon.ended('r', 'TR_high')).wav, (await daemon.ended('r', 'TR_empty')).wav]
    .map((wav) => [wav.rate, wav.channels]), [[192000, 8], [48000, 1]]);
});

test('tracks beyond EGRESS_MAX_TRACKS are refused with 503 until one ends', async (t) => {
  const daemon = await startDaemon(t, { EGRESS_MAX_TRACKS: '1' });
  const first = await connect(daemon, egressPath({ roomName: 'r', trackId: 'TR_1' }));
  const refusal = await refused(daemon, egressPath({ roomName: 'r', trackId: 'TR_2' }));
  assertProblem(refusal, 503, 'too_many_tracks');
  assert.ok(Number(refusal.headers['retry-after']) > 0);
  await close(first);
  await daemon.logged('r', { event: 'ended', trackId: 'TR_1' });
  await close(await connect(daemon, egressPath({ roomName: 'r', trackId: 'TR_2' })));
});
