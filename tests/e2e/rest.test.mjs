// What is stored, as people and programs get at it: sessions, recordings, users, and who may.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ask, askJson, tell } from './support/ask.mjs';
import { startDaemon } from './support/daemon.mjs';
import { databases, sqliteDatabase } from './support/database.mjs';
import { eventually } from './support/eventually.mjs';
import { framesOf } from './support/players.mjs';
import { build, run, temporaryDirectory } from './support/program.mjs';
import { startStub } from './support/stub.mjs';
import { close, connect, egressPath, send, STEREO_48K } from './support/track.mjs';
import { noise } from './support/wav.mjs';

const SECRET = '0123456789abcdef0123456789abcdef';
const AUDIO = noise(192000 * 2, 31);

function socketOf(daemon) {
  return connect(daemon, egressPath({ roomName: 'r', participant: 'p', trackId: 'TR_1', meetingId: 'RM_1', ...STEREO_48K }));
}

function addSession(database) {
  return database.query("INSERT INTO sessions (id, meeting_id, room_name, room_sid, status, created_at, started_at) VALUES ('s', 'RM_1', 'r', 'RM_1', 'ACTIVE', 1, 1)");
}

async function token(role, env = {}) {
  return run(path.join(build, 'tools/token'), ['--role', role], { env: { ...process.env, API_TOKEN_SECRET: SECRET, ...env } });
}

async function bearer(role) {
  const { code, stdout, stderr } = await token(role);
  assert.equal(code, 0, stderr);
  return { authorization: `Bearer ${stdout.trim()}` };
}

for (const [engine, make] of databases) {
  test(`a meeting in ${engine} is shown with its tracks, recordings and results, and its audio is downloaded`, async (t) => {
    const database = await make(t);
    const stub = await startStub(t);
    const daemon = await startDaemon(t, { DATABASE_URL: database.url, IMENTIV_ENDPOINT_URL: stub.url, AUDIO_PIPELINE_GROUP_SECONDS: '1' });
    await addSession(database);
    const socket = await socketOf(daemon);
    await send(socket, AUDIO);
    await close(socket);
    const { line } = await daemon.ended('RM_1', 'TR_1');
    const meeting = await eventually(async () => {
      const found = await askJson(daemon, '/api/sessions/RM_1');
      return found.tracks[0]?.endedAt && found;
    }, 'the end of the track is stored');
    assert.deepEqual((await askJson(daemon, '/api/sessions?status=ACTIVE')).sessions.map((s) => s.meetingId), ['RM_1']);
    const [track] = meeting.tracks;
    assert.deepEqual([track.trackId, track.participant, track.channels, track.outcome], ['TR_1', 'p', 2, 'ok']);
    assert.deepEqual(track.results.map((r) => [r.sequence, r.state, r.httpStatus, typeof r.answer]),
      [[0, 'delivered', 200, 'object'], [1, 'delivered', 200, 'object']]);
    const [recording] = track.recordings;
    assert.equal(recording.samples, AUDIO.length / 4);
    const file = fs.readFileSync(line.file);
    const whole = await ask(daemon, 'GET', recording.audio);
    assert.equal(whole.status, 200);
    assert.ok(whole.bytes.equals(file), 'the very bytes of the file');
    assert.equal(whole.headers['content-disposition'], `attachment; filename="${path.basename(line.file)}"`);
    const part = await ask(daemon, 'GET', recording.audio, { range: 'bytes=300000-', 'if-range': whole.headers.etag });
    assert.deepEqual([part.status, part.headers['content-range']], [206, `bytes 300000-${file.length - 1}/${file.length}`]);
    assert.ok(part.bytes.equals(file.subarray(300000)));
    const head = await ask(daemon, 'HEAD', recording.audio, { range: 'bytes=0-1' });
    assert.deepEqual([head.status, head.headers['content-length'], head.body], [200, String(file.length), '']);
  });
}

test('a recording that is being written is downloaded as a whole WAV file', async (t) => {
  const daemon = await startDaemon(t);
  const socket = await socketOf(daemon);
  await send(socket, AUDIO);
  const [{ id }] = await eventually(async () => {
    const { tracks } = await askJson(daemon, '/api/tracks');
    return tracks[0]?.counters.samples === AUDIO.length / 4 && tracks;
  }, 'everything was received');
  const answer = await eventually(async () => {
    const got = await ask(daemon, 'GET', `/api/recordings/${id}.1/audio`);
    return got.status === 200 && got.bytes.length > AUDIO.length && got;
  }, 'the recording is there');
  const copy = path.join(temporaryDirectory(t), 'copy.wav');
  fs.writeFileSync(copy, answer.bytes);
  assert.equal(await framesOf(copy), AUDIO.length / 4, 'as every player reads it');
  await close(socket);
});

test('with a secret everything but the probes needs a token of the role', async (t) => {
  const daemon = await startDaemon(t, { API_TOKEN_SECRET: `${'n'.repeat(32)},${SECRET}`, LOG_LEVEL: 'debug' });
  for (const open of ['/', '/health', '/ready']) assert.notEqual((await ask(daemon, 'GET', open)).status, 401, open);
  for (const route of ['/metrics', '/api/tracks', '/api/tracks/x', '/api/tracks/x/coverage', '/api/tracks/x/pipeline.dot', '/api/tracks/x/results',
    '/api/sessions', '/api/sessions/x', '/api/sessions/x/export.mkv', '/api/recordings/x/audio', '/api/users', '/api/users/x']) {
    const refused = await ask(daemon, 'GET', route);
    assert.deepEqual([refused.status, refused.headers['www-authenticate']], [401, 'Bearer realm="live-meeting"'], route);
  }
  const viewer = await bearer('viewer');
  assert.equal((await ask(daemon, 'GET', '/api/users', viewer)).status, 200);
  const denied = await tell(daemon, 'POST', '/api/users', { email: 'a@example.org' }, viewer);
  assert.equal(denied.status, 403);
  assert.match(JSON.parse(denied.body).error.message, /role admin/);
  const admin = await bearer('admin');
  assert.equal((await tell(daemon, 'POST', '/api/users', { email: 'a@example.org' }, admin)).status, 201);
  for (const { authorization } of [viewer, admin]) assert.ok(!daemon.stderr.includes(authorization.slice(7)), 'no token in the log');
});

test('off loopback the API is closed without a secret, and says so', async (t) => {
  const daemon = await startDaemon(t, { HOST: '0.0.0.0', EGRESS_AUTH: 'none' });
  daemon.url = `http://127.0.0.1:${daemon.port}`;
  assert.match(daemon.stderr, /the API is closed: set API_TOKEN_SECRET/);
  assert.equal((await ask(daemon, 'GET', '/health')).status, 200);
  const refused = await ask(daemon, 'GET', '/api/sessions');
  assert.equal(refused.status, 403);
  assert.match(JSON.parse(refused.body).error.message, /API_TOKEN_SECRET/);
});

test('on loopback a page of another origin changes nothing', async (t) => {
  const daemon = await startDaemon(t);
  const page = { origin: 'https://evil.example.org' };
  assert.equal((await tell(daemon, 'POST', '/api/users', { email: 'a@example.org' }, page)).status, 403);
  assert.equal((await tell(daemon, 'POST', '/api/users', { email: 'a@example.org' })).status, 201);
});

test('users survive a restart', async (t) => {
  const database = sqliteDatabase(t);
  const first = await startDaemon(t, { DATABASE_URL: database.url });
  const { id } = JSON.parse((await tell(first, 'POST', '/api/users', { email: 'Ann@Example.org', name: 'Ann' })).body);
  await first.stop();
  const second = await startDaemon(t, { DATABASE_URL: database.url });
  assert.equal((await askJson(second, `/api/users/${id}`)).email, 'ann@example.org');
});

test('without a database the answer is 503 in plain words, and recordings go on', async (t) => {
  const daemon = await startDaemon(t, { DATABASE_URL: 'postgresql://user:hunter2@127.0.0.1:1/none' });
  for (const route of ['/api/sessions', '/api/users', '/api/recordings/x.1/audio']) {
    const { status, headers, body } = await ask(daemon, 'GET', route);
    assert.deepEqual([status, headers['retry-after']], [503, '5'], route);
    assert.match(body, /database cannot be reached.*recordings are not affected/);
    assert.ok(!body.includes('hunter2'));
  }
  const socket = await socketOf(daemon);
  await send(socket, AUDIO);
  await close(socket);
  assert.equal((await daemon.ended('RM_1', 'TR_1')).wav.data.length, AUDIO.length);
});

test('tools/token says what is wrong and never the secret', async () => {
  const wrong = await token('root');
  assert.deepEqual([wrong.code, wrong.stdout], [2, '']);
  assert.match(wrong.stderr, /--role must be viewer, operator or admin/);
  const short = await token('viewer', { API_TOKEN_SECRET: 'hunter2' });
  assert.equal(short.code, 2);
  assert.ok(!short.stderr.includes('hunter2'), short.stderr);
  assert.equal((await token('viewer', { API_TOKEN_SECRET: '' })).code, 2);
});
