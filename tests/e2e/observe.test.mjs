// What the daemon shows of itself: readiness, metrics, the list of tracks, its log as JSON.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ask, askJson } from './support/ask.mjs';
import { runDaemon, startDaemon } from './support/daemon.mjs';
import { eventually } from './support/eventually.mjs';
import { assertJsonLog } from './support/openapi.mjs';
import { startService } from './support/service.mjs';
import { startStub } from './support/stub.mjs';
import { close, connect, egressPath, refused, send, STEREO_48K } from './support/track.mjs';
import { noise } from './support/wav.mjs';

const track = (more = {}) => egressPath({ roomName: 'my room', participant: 'ann', trackId: 'TR_1', meetingId: 'm1',
  groupSeconds: 1, ...STEREO_48K, ...more });

/** {'name{labels}': value} of /metrics; fails when a line is none. */
async function metrics(daemon) {
  const { body, headers } = await ask(daemon, 'GET', '/metrics');
  assert.match(headers['content-type'], /^text\/plain; version=0\.0\.4/);
  const values = {};
  for (const line of body.split('\n').filter((l) => l && !l.startsWith('# '))) {
    const match = /^([a-z_:]+(?:\{[^}]*(?:\{id\}[^}]*)*\})?) (\S+)$/.exec(line);
    assert.ok(match, line);
    assert.ok(!(match[1] in values), `${match[1]} is there once`);
    values[match[1]] = Number(match[2].replace('+Inf', 'Infinity'));
  }
  return values;
}

test('a track is listed while it runs and after it has ended', async (t) => {
  const stub = await startStub(t);
  const daemon = await startDaemon(t, { IMENTIV_ENDPOINT_URL: stub.url });
  assert.deepEqual(await askJson(daemon, '/api/tracks'), { tracks: [], ended: [] });
  const socket = await connect(daemon, track());
  socket.send('{"muted":true}');
  await send(socket, noise(192000 * 2));
  const list = await eventually(async () => {
    const answer = await askJson(daemon, '/api/tracks');
    return answer.tracks[0]?.counters.blocks.delivered >= 1 && answer.tracks[0].muted && answer;
  }, () => `a block is delivered and the mute is seen\n${daemon.stderr}`);
  const [running] = list.tracks;
  assert.deepEqual([running.trackId, running.room, running.meetingId, running.participant], ['TR_1', 'my room', 'm1', 'ann']);
  assert.deepEqual(running.format, { rate: 48000, channels: 2, alarm: null });
  assert.equal(running.state, 'receiving');
  assert.ok(running.level.rmsDbfs < 0 && running.level.peakDbfs >= running.level.rmsDbfs);
  const one = await eventually(async () => {
    const now = await askJson(daemon, `/api/tracks/${running.id}`);
    return now.counters.bytes === 192000 * 2 && now;
  }, 'everything that was sent is counted');
  assert.equal(one.counters.samples, 48000 * 2);
  assert.equal(one.counters.messages, 200);
  assert.equal(one.pipeline.parameters.endpoint, '(set)');
  await close(socket);
  const ended = await eventually(async () => (await askJson(daemon, '/api/tracks')).ended[0], 'the track has ended');
  assert.deepEqual([ended.id, ended.state, ended.outcome], [running.id, 'ended', 'ok']);
  assert.equal(ended.counters.blocks.delivered, 2);
  assert.equal((await askJson(daemon, `/api/tracks/${running.id}`)).outcome, 'ok');
  assert.equal((await ask(daemon, 'GET', `/api/tracks/${running.id}/pipeline.dot`)).status, 404);
});

test('metrics count what happened', async (t) => {
  const stub = await startStub(t);
  const daemon = await startDaemon(t, { IMENTIV_ENDPOINT_URL: stub.url });
  const before = await metrics(daemon);
  assert.equal(before['livemeeting_blocks_total{outcome="delivered"}'], 0);
  const socket = await connect(daemon, track());
  await send(socket, noise(192000 * 2));
  const during = await eventually(async () => {
    const now = await metrics(daemon);
    return now.livemeeting_received_bytes_total === 192000 * 2 && now.livemeeting_ingest_tick_lateness_seconds_count > 0 && now;
  }, 'the bytes are counted');
  assert.equal(during.livemeeting_tracks_active, 1);
  await close(socket);
  await daemon.ended('m1', 'TR_1');
  const after = await metrics(daemon);
  const expected = { livemeeting_tracks_active: 0, livemeeting_tracks_started_total: 1,
    'livemeeting_tracks_ended_total{outcome="ok"}': 1, livemeeting_received_bytes_total: 192000 * 2,
    livemeeting_received_samples_total: 48000 * 2, livemeeting_blocks_cut_total: 2,
    'livemeeting_blocks_total{outcome="delivered"}': 2, livemeeting_block_delivery_seconds_count: 2,
    'livemeeting_block_delivery_seconds_bucket{le="+Inf"}': 2,
    'livemeeting_http_requests_total{route="/egress-audio",status="101"}': 1 };
  for (const [name, value] of Object.entries(expected)) assert.equal(after[name], value, name);
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'process_open_fds', 'process_threads']) {
    assert.ok(after[name] > 0, name);
  }
  await ask(daemon, 'GET', '/api/tracks/some-id');
  await ask(daemon, 'GET', '/made/up');
  const text = (await ask(daemon, 'GET', '/metrics')).body;
  assert.ok(text.includes('{route="/api/tracks/{id}",status="404"} 1') && text.includes('{route="other",status="404"} 1'));
  for (const id of ['some-id', 'made', 'TR_1', 'm1', 'my room']) assert.ok(!text.includes(id), `${id} is no label`);
});

test('a track that clips is warned of once, and its sound and clock are shown', async (t) => {
  const daemon = await startDaemon(t);
  const socket = await connect(daemon, track());
  await send(socket, Buffer.from(new Int16Array(96000 * 22).map((_, i) => (i % 4 < 2 ? 32767 : -32768)).buffer));
  const running = await eventually(async () => {
    const [now] = (await askJson(daemon, '/api/tracks')).tracks;
    return now?.counters.blocks.cut === 22 && now;
  }, 'all blocks are seen');
  assert.deepEqual(running.sound.alarms, ['clipping']);
  assert.equal(running.sound.clippedShare, 1);
  assert.equal(running.sound.silentShare, 0);
  assert.ok(Math.abs(running.sound.offset) < 1e-4);
  await close(socket);
  await daemon.ended('m1', 'TR_1');
  const [alarm, ...more] = daemon.log('m1', { event: 'sound' });
  assert.deepEqual(more, []);
  assert.deepEqual([alarm.kind, alarm.active, alarm.value, alarm.sample], ['clipping', true, 1, 480000]);
  assert.equal(daemon.log('m1', { event: 'block' })[0].clipped, 96000);
  const warnings = daemon.stderr.match(/track TR_1 of ann in room my room: the sound clips, 100 % .*lower the gain/g);
  assert.equal(warnings?.length, 1, daemon.stderr);
  assert.equal((await metrics(daemon))['livemeeting_format_alarms_total{kind="clipping"}'], 1);
});

test('what waits in the spool and what became of it is shown, also when no track runs', async (t) => {
  const service = await startService(t, 503);
  const daemon = await startDaemon(t, { IMENTIV_ENDPOINT_URL: service.url, IMENTIV_SPOOL_DIR: './spool', IMENTIV_MAX_ATTEMPTS: '1',
    IMENTIV_CIRCUIT_FAILURES: '1', IMENTIV_CIRCUIT_PAUSE_MS: '50' });
  const socket = await connect(daemon, track());
  await send(socket, noise(192000 * 2));
  await close(socket);
  await daemon.ended('m1', 'TR_1');
  const { blocks } = (await askJson(daemon, '/api/tracks')).ended[0].counters;
  assert.deepEqual([blocks.cut, blocks.spooled, blocks.delivered, blocks.failed], [2, 2, 0, 0]);
  await eventually(async () => (await metrics(daemon)).livemeeting_spool_blocks === 2, 'the spool is counted');
  service.answer = 200;
  const after = await eventually(async () => {
    const now = await metrics(daemon);
    return now['livemeeting_blocks_total{outcome="delivered-from-spool"}'] === 2 && now.livemeeting_spool_blocks === 0 && now;
  }, 'the blocks are delivered');
  assert.equal(after['livemeeting_blocks_total{outcome="spooled"}'], 2);
  assert.equal(after['livemeeting_blocks_total{outcome="dead-lettered"}'], 0);
  assert.equal(after.livemeeting_ledger_lines_lost_total, 0);
  assert.equal(after['livemeeting_delivery_circuit{state="closed"}'], 1);
});

test('who is not let in is counted by the reason', async (t) => {
  const daemon = await startDaemon(t, { EGRESS_AUTH: 'token', EGRESS_AUTH_SECRET: '0123456789abcdef0123456789abcdef' });
  await refused(daemon, egressPath({ roomName: 'r' }));
  const counted = await metrics(daemon);
  assert.equal(counted['livemeeting_http_refused_total{code="token_missing"}'], 1);
  assert.equal(counted['livemeeting_http_refused_total{code="token_expired"}'], 0);
});

test('a drawing, a list and a log show no secret', async (t) => {
  const stub = await startStub(t);
  const secrets = ['hunter-user', 'hunter-password', 'hunter-query', 'hunter-key'];
  const url = new URL(stub.url);
  const endpoint = `http://${secrets[0]}:${secrets[1]}@${url.host}${url.pathname}?token=${secrets[2]}`;
  const daemon = await startDaemon(t, { IMENTIV_ENDPOINT_URL: endpoint, IMENTIV_API_KEY: secrets[3], LOG_LEVEL: 'debug',
    LOG_FORMAT: 'json' });
  const socket = await connect(daemon, track());
  await send(socket, noise(192000));
  const [{ id }] = (await askJson(daemon, '/api/tracks')).tracks;
  const drawing = await ask(daemon, 'GET', `/api/tracks/${id}/pipeline.dot`);
  assert.match(drawing.body, /^digraph pipeline/);
  assert.match(drawing.body, /GstWsAudioSrc/);
  assert.match(drawing.body, /api-key = \(set\)/);
  const shown = [drawing.body, (await ask(daemon, 'GET', `/api/tracks/${id}`)).body,
    (await ask(daemon, 'GET', '/api/tracks')).body, (await ask(daemon, 'GET', '/metrics')).body,
    (await ask(daemon, 'GET', '/ready')).body];
  await close(socket);
  await daemon.ended('m1', 'TR_1');
  for (const secret of secrets) for (const text of [...shown, daemon.stderr]) assert.ok(!text.includes(secret), text);
});

test('readiness names what is wrong', async (t) => {
  const daemon = await startDaemon(t, { READY_MIN_FREE_BYTES: String(2 ** 50), IMENTIV_ENDPOINT_URL: 'http://127.0.0.1:9/',
    IMENTIV_SPOOL_DIR: './spool' });
  const answer = await eventually(async () => {
    const now = await ask(daemon, 'GET', '/ready');
    return now.body.split('freeBytes').length === 6 && now;
  }, 'the disks have answered');
  assert.equal(answer.status, 503);
  const { status, checks } = JSON.parse(answer.body);
  assert.equal(status, 'not-ready');
  for (const disk of ['recordings', 'video', 'pipeline-logs', 'ledger', 'spool']) {
    assert.equal(checks[`disk-${disk}`].status, 'failed', disk);
    assert.match(checks[`disk-${disk}`].message, /READY_MIN_FREE_BYTES/);
  }
  for (const name of ['draining', 'tracks', 'ingest', 'delivery']) assert.equal(checks[name].status, 'ok', name);
  assert.equal((await ask(daemon, 'GET', '/health')).status, 200);
});

test('a full daemon is not ready', async (t) => {
  const daemon = await startDaemon(t, { EGRESS_MAX_TRACKS: '1', READY_MIN_FREE_BYTES: '0' });
  await eventually(async () => (await ask(daemon, 'GET', '/ready')).status === 200, 'it is ready');
  const socket = await connect(daemon, track());
  await eventually(async () => (await askJson(daemon, '/ready')).checks.tracks.status === 'failed', 'it is full');
  await close(socket);
  await eventually(async () => (await ask(daemon, 'GET', '/ready')).status === 200, 'it is ready again');
});

test('the log as JSON: every line is one object, and says which track', async (t) => {
  const daemon = await startDaemon(t, { LOG_FORMAT: 'json', LOG_LEVEL: 'debug', GST_DEBUG: 'GST_STATES:4,wsaudiosrc:4',
    EGRESS_AUDIO_OUTPUT_DIR: './rec' });
  const socket = await connect(daemon, track({ roomName: 'r"\n\u202e}' }));
  await send(socket, noise(192000));
  await close(socket);
  await daemon.logged('m1', { event: 'ended' });
  await daemon.stop();
  const lines = assertJsonLog(daemon.stderr);
  const started = lines.find((line) => line.message === 'track started');
  assert.deepEqual([started.trackId, started.room, started.meetingId], ['TR_1', 'r"\n\u202e}', 'm1']);
  const own = lines.filter((line) => line.component === 'egress');
  assert.ok(own.length >= 3);
  for (const line of own) {
    assert.deepEqual([line.track, line.trackId, line.room, line.meetingId], [started.track, 'TR_1', started.room, 'm1'], line.message);
  }
  assert.ok(lines.some((line) => line.component === 'gst/GST_STATES' && line.track === started.track), 'GStreamer says which track');
});

test('a start that fails is said in JSON, too', async (t) => {
  const { code, stderr } = await runDaemon(t, { LOG_FORMAT: 'json', PORT: 'many' });
  assert.equal(code, 2);
  assert.match(assertJsonLog(stderr)[0].message, /PORT/);
});

test('text is what is logged unless JSON is asked for', async (t) => {
  const daemon = await startDaemon(t);
  assert.match(daemon.stderr, /^\d{4}-\d\d-\d\dT[\d:.]+Z info  /m);
  assert.ok(fs.existsSync(path.join(daemon.directory, 'recordings')));
});
