// LiveKit's webhooks, signed by its own SDK, become sessions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, askJson } from './support/ask.mjs';
import { startDaemon } from './support/daemon.mjs';
import { databases, postgresDatabase } from './support/database.mjs';
import { eventually } from './support/eventually.mjs';
import { KEY, SECRET, signedFor, webhook } from './support/livekit.mjs';
import { healthyTrack } from './support/track.mjs';

const SETTINGS = { LIVEKIT_API_KEY: KEY, LIVEKIT_API_SECRET: SECRET };
const room = (sid, name = 'daily') => ({ sid, name, creationTime: '1767225600' });
const alice = { sid: 'PA_1', identity: 'alice', kind: 'STANDARD', state: 'ACTIVE' };

const sessions = async (daemon) => (await askJson(daemon, '/api/sessions')).sessions;

async function session(daemon, meetingId, status) {
  return eventually(async () => (await sessions(daemon))?.find((one) => one.meetingId === meetingId && one.status === status),
    () => `${meetingId} is ${status}`);
}

for (const [name, database] of databases) {
  const started = async (t, settings = {}) => startDaemon(t, { ...SETTINGS, DATABASE_URL: (await database(t)).url, ...settings });

  test(`a room that starts and ends is a session that does, on ${name}`, async (t) => {
    const daemon = await started(t);
    assert.equal(await webhook(daemon, { event: 'room_started', room: room('RM_1') }), 204);
    const active = await session(daemon, 'RM_1', 'ACTIVE');
    assert.deepEqual([active.roomName, active.roomSid, active.endedAt ?? null], ['daily', 'RM_1', null]);
    assert.equal(await webhook(daemon, { event: 'room_finished', room: room('RM_1') }), 204);
    const ended = await session(daemon, 'RM_1', 'ENDED');
    assert.equal(ended.startedAt, active.startedAt);
    assert.ok(Date.parse(ended.endedAt) >= Date.parse(ended.startedAt));
  });

  test(`repeats, disorder and what was lost end in the same sessions, on ${name}`, async (t) => {
    const daemon = await started(t);
    const begin = { id: 'EV_1', event: 'room_started', room: room('RM_1') };
    const end = { id: 'EV_2', event: 'room_finished', room: room('RM_1') };
    for (const event of [end, begin, begin, end]) assert.equal(await webhook(daemon, event), 204);
    assert.equal(await webhook(daemon, { event: 'participant_joined', room: room('RM_2'), participant: alice }), 204);
    await session(daemon, 'RM_2', 'ACTIVE');
    await session(daemon, 'RM_1', 'ENDED');
    assert.equal((await sessions(daemon)).length, 2);
  });

  test(`who records or leaves begins no session, a second end changes none, on ${name}`, async (t) => {
    const daemon = await started(t);
    const recorder = { ...alice, kind: 'EGRESS' };
    const end = (createdAt) => webhook(daemon, { event: 'room_finished', room: room('RM_1'), createdAt: String(createdAt) });
    await webhook(daemon, { event: 'participant_joined', room: room('RM_0'), participant: recorder });
    await webhook(daemon, { event: 'participant_left', room: room('RM_0'), participant: alice });
    assert.equal(await end(1767225700), 204);
    assert.equal(await end(1767225800), 204);
    await webhook(daemon, { event: 'room_started', room: room('RM_2') }); // after all of them
    await session(daemon, 'RM_2', 'ACTIVE');
    const all = await sessions(daemon);
    assert.deepEqual(all.map((one) => one.meetingId).sort(), ['RM_1', 'RM_2']);
    assert.equal(all.find((one) => one.meetingId === 'RM_1').endedAt, '2026-01-01T00:01:40.000Z');
  });
}

test('what comes while the database is away is applied when it is back, in its order, while a track is recorded', async (t) => {
  const database = await postgresDatabase(t);
  const daemon = await startDaemon(t, { ...SETTINGS, DATABASE_URL: database.url });
  const track = await healthyTrack(daemon);
  await webhook(daemon, { id: 'EV_before', event: 'room_started', room: room('RM_before') });
  await session(daemon, 'RM_before', 'ACTIVE');
  await database.stop();
  const ids = [];
  const send = async (id, event, sid) => {
    assert.equal(await webhook(daemon, { id, event, room: room(sid) }), 204);
    ids.push(id);
  };
  await send('EV_end', 'room_finished', 'RM_before');
  for (let i = 0; i < 100; ++i) {
    await send(`EV_start_${i}`, 'room_started', `RM_${i}`);
    if (i % 2) await send(`EV_end_${i}`, 'room_finished', `RM_${i}`);
    assert.equal(await webhook(daemon, { id: `EV_start_${i}`, event: 'room_started', room: room(`RM_${i}`) }), 204, 'a repeat');
  }
  await eventually(async () => (await ask(daemon, 'GET', '/api/sessions')).status === 503, 'the database is missed');
  await track.finish();
  await database.start();
  await eventually(async () => (await askJson(daemon, '/api/sessions/RM_99')).status === 'ENDED', 'the last of them is applied');
  const stored = await database.query("SELECT meeting_id, status FROM sessions WHERE meeting_id <> 'healthy'");
  assert.deepEqual(Object.fromEntries(stored.map((row) => [row.meeting_id, row.status])), Object.fromEntries(
    [['RM_before', 'ENDED'], ...Array.from({ length: 100 }, (_, i) => [`RM_${i}`, i % 2 ? 'ENDED' : 'ACTIVE'])]));
  // Rows of a table that was never cleaned up lie in the order in which they came.
  const applied = await database.query('SELECT id FROM webhook_events ORDER BY ctid');
  assert.deepEqual(applied.map((row) => row.id), ['EV_before', ...ids]);
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
