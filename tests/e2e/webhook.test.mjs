// LiveKit's webhooks, signed by its own SDK, become sessions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, askJson } from './support/ask.mjs';
import { startDaemon } from './support/daemon.mjs';
import { eventually } from './support/eventually.mjs';
import { KEY, SECRET, signedFor, webhook } from './support/livekit.mjs';

const SETTINGS = { LIVEKIT_API_KEY: KEY, LIVEKIT_API_SECRET: SECRET };
const room = (sid, name = 'daily') => ({ sid, name, creationTime: '1767225600' });

const sessions = async (daemon) => (await askJson(daemon, '/api/sessions')).sessions;

async function session(daemon, meetingId, status) {
  return eventually(async () => (await sessions(daemon)).find((one) => one.meetingId === meetingId && one.status === status),
    () => `${meetingId} is ${status}`);
}

test('a room that starts and ends is a session that does', async (t) => {
  const daemon = await startDaemon(t, SETTINGS);
  assert.equal(await webhook(daemon, { event: 'room_started', room: room('RM_1') }), 204);
  const active = await session(daemon, 'RM_1', 'ACTIVE');
  assert.deepEqual([active.roomName, active.roomSid, active.endedAt ?? null], ['daily', 'RM_1', null]);
  assert.equal(await webhook(daemon, { event: 'room_finished', room: room('RM_1') }), 204);
  const ended = await session(daemon, 'RM_1', 'ENDED');
  assert.equal(ended.startedAt, active.startedAt);
  assert.ok(Date.parse(ended.endedAt) >= Date.parse(ended.startedAt));
});

test('repeats, disorder and what was lost end in the same sessions', async (t) => {
  const daemon = await startDaemon(t, SETTINGS);
  const started = { id: 'EV_1', event: 'room_started', room: room('RM_1') };
  const ended = { id: 'EV_2', event: 'room_finished', room: room('RM_1') };
  for (const event of [ended, started, started, ended]) assert.equal(await webhook(daemon, event), 204);
  const alice = { sid: 'PA_1', identity: 'alice', kind: 'STANDARD', state: 'ACTIVE' };
  assert.equal(await webhook(daemon, { event: 'participant_joined', room: room('RM_2'), participant: alice }), 204);
  await session(daemon, 'RM_2', 'ACTIVE');
  await session(daemon, 'RM_1', 'ENDED');
  assert.equal((await sessions(daemon)).length, 2);
});

test('what LiveKit has not signed changes nothing', async (t) => {
  const daemon = await startDaemon(t, SETTINGS);
  const body = JSON.stringify({ id: 'EV_1', event: 'room_started', room: room('RM_evil') });
  const post = (authorization, sent = body) => ask(daemon, 'POST', '/livekit/webhook',
    { 'content-type': 'application/webhook+json', ...(authorization && { authorization }) }, sent);
  const signed = await signedFor(body);
  const tampered = body.replace('RM_evil', 'RM_worse');
  const refusals = await Promise.all([post(), post('nonsense'), post(signed, tampered), post(`${signed.slice(0, -2)}xx`),
    post(`${Buffer.from('{"alg":"none"}').toString('base64url')}.${signed.split('.')[1]}.`)]);
  for (const { status, body: answer } of refusals) {
    assert.equal(status, 401, answer);
    assert.ok(!answer.includes(SECRET));
  }
  const { body: metrics } = await ask(daemon, 'GET', '/metrics');
  for (const [code, count] of [['token_missing', 1], ['token_malformed', 2], ['token_mismatch', 2]]) {
    assert.ok(metrics.includes(`livemeeting_http_refused_total{code="${code}"} ${count}\n`), `${code}: ${metrics}`);
  }
  assert.equal(await webhook(daemon, { event: 'room_started', room: room('RM_good') }), 204);
  await session(daemon, 'RM_good', 'ACTIVE');
  assert.deepEqual((await sessions(daemon)).map((one) => one.meetingId), ['RM_good']);
  assert.ok(!daemon.stderr.includes(SECRET));
});

test('a daemon without a key takes no webhook and says so', async (t) => {
  const daemon = await startDaemon(t);
  const body = JSON.stringify({ id: 'EV_1', event: 'room_started', room: room('RM_1') });
  const answer = await ask(daemon, 'POST', '/livekit/webhook',
    { 'content-type': 'application/webhook+json', authorization: await signedFor(body) }, body);
  assert.equal(answer.status, 401);
  assert.match(answer.body, /LIVEKIT_API_KEY/);
  assert.match(daemon.stderr, /LIVEKIT_API_KEY is not set/);
});
