// What the daemon writes into its database about tracks: on both engines, across outages of everything.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { ask, askJson } from './support/ask.mjs';
import { startDaemon } from './support/daemon.mjs';
import { databases, postgresDatabase } from './support/database.mjs';
import { eventually } from './support/eventually.mjs';
import { temporaryDirectory } from './support/program.mjs';
import { startService } from './support/service.mjs';
import { startStub } from './support/stub.mjs';
import { close, connect, egressPath, send, STEREO_48K } from './support/track.mjs';
import { noise } from './support/wav.mjs';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const AUDIO = noise(192000 * 2 + 96000, 29); // two blocks of a second and one of half a second

async function play(daemon, more = {}) {
  const socket = await connect(daemon, egressPath({ roomName: 'r', participant: 'p', trackId: 'TR_1', meetingId: 'RM_1', ...STEREO_48K, ...more }));
  await send(socket, AUDIO);
  await close(socket);
  return daemon.ended(more.meetingId ?? 'RM_1', 'TR_1');
}

for (const [engine, make] of databases) {
  test(`a track, its recording and the answers have rows in ${engine}`, async (t) => {
    const database = await make(t);
    const stub = await startStub(t);
    const daemon = await startDaemon(t, { DATABASE_URL: database.url, IMENTIV_ENDPOINT_URL: stub.url, AUDIO_PIPELINE_GROUP_SECONDS: '1' });
    const { line } = await play(daemon);
    const [track] = await eventually(async () => {
      const rows = await database.query('SELECT * FROM tracks WHERE ended_at IS NOT NULL');
      return rows.length > 0 && rows;
    }, 'the end of the track is stored');
    assert.match(track.id, UUID);
    assert.equal(track.id, (await askJson(daemon, '/api/tracks')).ended[0].id);
    assert.deepEqual([track.meeting_id, track.room_name, track.participant, track.track_id, track.channels, track.outcome],
      ['RM_1', 'r', 'p', 'TR_1', 2, 'ok']);
    assert.ok(track.first_sample_at > 0 && track.first_sample_at <= track.ended_at && track.started_at <= track.ended_at, JSON.stringify(track));
    const [recording] = await database.query('SELECT * FROM recordings');
    assert.deepEqual([recording.id, recording.samples, recording.channels], [`${track.id}.1`, AUDIO.length / 4, 2]);
    assert.equal(path.join(daemon.recordingsDirectory, recording.path), line.file);
    const blocks = await database.query('SELECT * FROM blocks ORDER BY sequence');
    assert.deepEqual(blocks.map((b) => [b.track, b.sequence, b.state, b.first_sample, b.samples]),
      [[track.id, 0, 'delivered', 0, 48000], [track.id, 1, 'delivered', 48000, 48000], [track.id, 2, 'delivered', 96000, 24000]]);
    for (const block of blocks) assert.equal(typeof JSON.parse(block.answer), 'object');
    assert.deepEqual(stub.blocks('TR_1').map((b) => b.headers['idempotency-key']), [0, 1, 2].map((n) => `${track.id}-${n}`));
  });
}

test('a block that is delivered after a restart reaches its row', async (t) => {
  const [, make] = databases[0];
  const database = make(t);
  const service = await startService(t, 503);
  const settings = { DATABASE_URL: database.url, IMENTIV_ENDPOINT_URL: service.url, IMENTIV_SPOOL_DIR: `${temporaryDirectory(t)}/spool`,
    IMENTIV_MAX_ATTEMPTS: '1', IMENTIV_CIRCUIT_PAUSE_MS: '50', AUDIO_PIPELINE_GROUP_SECONDS: '1' };
  const first = await startDaemon(t, settings);
  await play(first);
  await first.stop();
  const states = async () => (await database.query('SELECT state FROM blocks ORDER BY sequence')).map((row) => row.state);
  assert.deepEqual(await states(), ['spooled', 'spooled', 'spooled']);
  service.answer = 200;
  await startDaemon(t, settings);
  await eventually(async () => (await states()).every((state) => state === 'delivered'), 'the rows tell of the delivery');
  const [row] = await database.query('SELECT * FROM blocks WHERE sequence = 1');
  assert.equal(row.http_status, 200);
  assert.ok(row.delivered_at > 0);
});

test('a database that goes away and returns has everything in the end', async (t) => {
  const database = await postgresDatabase(t);
  const stub = await startStub(t);
  const daemon = await startDaemon(t, { DATABASE_URL: database.url, IMENTIV_ENDPOINT_URL: stub.url, AUDIO_PIPELINE_GROUP_SECONDS: '1' });
  const check = async () => {
    const { status, body } = await ask(daemon, 'GET', '/ready');
    assert.equal(status, 200, body);
    return JSON.parse(body).checks.database;
  };
  // The daemon has writes of its own when it starts.
  await eventually(async () => (await check()).waitingWrites === 0, 'nothing waits');
  assert.equal((await check()).status, 'ok');
  await database.stop();
  await play(daemon);
  const away = await eventually(async () => {
    const found = await check();
    return found.status === 'degraded' && found;
  }, 'readiness tells of it');
  assert.match(away.message, /database is away/);
  assert.ok(away.waitingWrites > 0);
  assert.match((await ask(daemon, 'GET', '/metrics')).body, /^livemeeting_database_connected 0$/m);
  await database.start();
  await eventually(async () => (await check()).status === 'ok', 'the daemon finds it again');
  const [track] = await eventually(async () => {
    const rows = await database.query('SELECT * FROM tracks WHERE ended_at IS NOT NULL');
    return rows.length > 0 && rows;
  }, 'everything is stored');
  assert.equal(track.outcome, 'ok');
  assert.deepEqual((await database.query('SELECT state FROM blocks')).map((row) => row.state), ['delivered', 'delivered', 'delivered']);
  const { body } = await ask(daemon, 'GET', '/metrics');
  assert.match(body, /^livemeeting_database_connected 1$/m);
  assert.match(body, /^livemeeting_database_writes_lost_total 0$/m);
  assert.ok(!daemon.stderr.includes('hunter2'));
});
