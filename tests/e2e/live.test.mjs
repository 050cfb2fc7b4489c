// What a page in the room of a meeting hears from the daemon.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import Ajv from 'ajv';
import { io } from 'socket.io-client';
import YAML from 'yaml';
import { startDaemon } from './support/daemon.mjs';
import { postgresDatabase } from './support/database.mjs';
import { eventually } from './support/eventually.mjs';
import { source } from './support/program.mjs';
import { KEY, SECRET as LIVEKIT_SECRET, webhook } from './support/livekit.mjs';
import { client, heard } from './support/realtime.mjs';
import { startStub } from './support/stub.mjs';
import { close, connect, egressPath, send, STEREO_48K } from './support/track.mjs';
import { noise } from './support/wav.mjs';

const schema = JSON.parse(fs.readFileSync(path.join(source, 'schemas/realtime.schema.json'), 'utf8'));
const ajv = new Ajv({ strict: false });
ajv.addSchema(schema, 'realtime');

const EVENTS = ['session', 'track', 'block', 'analysis'];

/** Everything of the daemon that a client hears, each as documented. */
function listen(socket) {
  const all = [];
  for (const event of EVENTS) {
    socket.on(event, (value) => {
      const validate = ajv.getSchema(`realtime#/definitions/${event}`);
      assert.ok(validate(value), `${event} ${JSON.stringify(value)} ${JSON.stringify(validate.errors)}`);
      all.push({ event, ...value });
    });
  }
  all.of = (event, state) => all.filter((e) => e.event === event && (!state || e.state === state));
  return all;
}

test('a page in the room hears the life of a track, and what the analysis says of it', async (t) => {
  const stub = await startStub(t);
  const daemon = await startDaemon(t, { IMENTIV_ENDPOINT_URL: stub.url, AUDIO_PIPELINE_GROUP_SECONDS: '0.5' });
  const [inside, outside] = [await client(t, daemon), await client(t, daemon)];
  const [got, elsewhere] = [listen(inside), listen(outside)];
  await inside.timeout(60000).emitWithAck('join-room', 'my room');
  await outside.timeout(60000).emitWithAck('join-room', 'another');
  const socket = await connect(daemon, egressPath({ roomName: 'my room', participant: 'ada', trackId: 'TR_1', meetingId: 'm', ...STEREO_48K }));
  await send(socket, noise(192000));
  socket.send('{"muted":true}');
  await eventually(() => got.of('track', 'muted').length === 1, 'it hears that the track is muted');
  await close(socket);
  await eventually(() => got.of('track', 'ended').length === 1, 'it hears the end');
  assert.equal(got.of('track')[0].state, 'started');
  assert.equal(got.of('track', 'ended')[0].outcome, 'ok');
  assert.equal(got.of('block', 'delivered').length, 2);
  assert.deepEqual(got.of('track', 'level').map((e) => [e.sample, e.samples]), [[0, 24000], [24000, 24000]]);
  for (const value of got) {
    assert.deepEqual([value.meetingId, value.room, value.participant, value.trackId], ['m', 'my room', 'ada', 'TR_1']);
  }
  const answers = got.of('analysis');
  assert.deepEqual(answers.map((e) => [e.sample, e.samples]), got.of('block', 'delivered').map((e) => [e.sample, e.samples]));
  assert.equal(typeof answers[0].response, 'object');
  assert.equal(elsewhere.length, 0);
});

const SECRET = '0123456789abcdef0123456789abcdef';

/** A bearer token as the API takes it. */
function bearer(role, seconds = 60, secret = SECRET) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ aud: 'live-meeting', role, exp: Math.floor(Date.now() / 1000) + seconds })}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

for (const [what, settings] of [['off loopback', { HOST: '0.0.0.0', EGRESS_AUTH: 'none' }],
  ['with secrets', { API_TOKEN_SECRET: SECRET }]]) {
  test(`${what} nobody comes in without a token`, async (t) => {
    const daemon = await startDaemon(t, settings);
    const url = `http://127.0.0.1:${daemon.port}`;
    for (const auth of [undefined, { token: 'made up' }, { token: 5 }, { token: bearer('viewer', -600) },
      { token: bearer('viewer', 60, 'f'.repeat(32)) }]) {
      const socket = io(url, { forceNew: true, reconnection: false, auth });
      t.after(() => socket.disconnect());
      const [error] = await heard(socket, 'connect_error');
      assert.ok(error.message.length > 10, error.message);
      assert.equal(error.data.status, 401);
    }
    if (!settings.API_TOKEN_SECRET) return;
    await client(t, daemon, { auth: { token: bearer('viewer') } });
  });
}

test('every event is described', () => {
  const described = YAML.parse(fs.readFileSync(path.join(source, 'schemas/asyncapi.yaml'), 'utf8'), { strict: true });
  const names = described.channels['/'].subscribe.message.oneOf.map((message) => message.name);
  assert.deepEqual(names.sort(), [...EVENTS, 'message', 'user-joined', 'user-left', 'exception'].sort());
  for (const event of EVENTS) assert.ok(schema.definitions[event], event);
});

const LIVEKIT = { LIVEKIT_API_KEY: KEY, LIVEKIT_API_SECRET: LIVEKIT_SECRET };
const daily = { sid: 'RM_1', name: 'daily', creationTime: '1767225600' };

async function member(t, daemon) {
  const socket = await client(t, daemon);
  const got = listen(socket);
  await socket.timeout(60000).emitWithAck('join-room', 'daily');
  return got;
}

test('the room of a meeting hears once that it has begun and that it is over', async (t) => {
  const daemon = await startDaemon(t, LIVEKIT);
  const got = await member(t, daemon);
  const alice = { sid: 'PA_1', identity: 'alice', kind: 'STANDARD', state: 'ACTIVE' };
  await webhook(daemon, { event: 'room_started', room: { ...daily, sid: 'RM_2', name: 'another' } });
  for (let i = 0; i < 2; i += 1) await webhook(daemon, { id: 'EV_1', event: 'room_started', room: daily });
  await webhook(daemon, { event: 'participant_joined', room: daily, participant: alice });
  await webhook(daemon, { event: 'room_finished', room: daily });
  await webhook(daemon, { event: 'room_finished', room: daily });
  await webhook(daemon, { event: 'room_started', room: { ...daily, sid: 'RM_3' } });
  await eventually(() => got.of('session').length >= 3, 'it hears of the next meeting');
  assert.deepEqual(got.of('session').map((e) => [e.state, e.meetingId, e.room]),
    [['started', 'RM_1', 'daily'], ['ended', 'RM_1', 'daily'], ['started', 'RM_3', 'daily']]);
});

test('a room hears of its meeting whichever replica had the webhook', async (t) => {
  const settings = { ...LIVEKIT, DATABASE_URL: (await postgresDatabase(t)).url };
  const [first, second] = [await startDaemon(t, settings), await startDaemon(t, settings)];
  const got = await member(t, second);
  let asked = 0;
  await eventually(async () => { // until the two have found each other
    asked += 1;
    await webhook(first, { event: 'room_started', room: { ...daily, sid: `RM_${asked}` } });
    return got.of('session').length > 0;
  }, 'the clients of the second hear what the first is told');
  const ended = { id: 'EV_1', event: 'room_finished', room: { ...daily, sid: `RM_${asked}` } };
  for (const daemon of [first, second]) await webhook(daemon, ended); // LiveKit tells one; a repeat may go elsewhere
  const last = { RM_first: first, RM_second: second };
  for (const [sid, daemon] of Object.entries(last)) await webhook(daemon, { event: 'room_started', room: { ...daily, sid } });
  await eventually(() => Object.keys(last).every((sid) => got.of('session').some((e) => e.meetingId === sid)), 'both have told all');
  assert.deepEqual(got.of('session', 'ended').map((e) => e.meetingId), [`RM_${asked}`]);
});
