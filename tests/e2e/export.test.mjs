// What a participant said and showed, as one file over HTTP.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { test } from 'node:test';
import { ask } from './support/ask.mjs';
import { clap, clapIn, decoded, MOST_APART, packets } from './support/clap.mjs';
import { startDaemon } from './support/daemon.mjs';
import { sqlite } from './support/database.mjs';
import { eventually, within } from './support/eventually.mjs';
import { run, source } from './support/program.mjs';
import { close, connect, egressPath, send, STEREO_48K } from './support/track.mjs';
import { noise, recordedBytes } from './support/wav.mjs';

const MEETING = 'RM_export';
const ROUTE = `/api/sessions/${MEETING}/export.mkv`;

/** Once the database knows the ends of so many tracks. */
function stored(daemon, tracks) {
  return eventually(async () => (await sqlite(daemon.databaseFile, 'SELECT id FROM tracks WHERE ended_at IS NOT NULL')).length === tracks,
    `${tracks} ends are stored`);
}

async function download(daemon, query = '') {
  const answer = await ask(daemon, 'GET', ROUTE + query);
  assert.equal(answer.status, 200, answer.body.slice(0, 500));
  const file = path.join(daemon.directory, 'export.mkv');
  fs.writeFileSync(file, answer.bytes);
  return { file, answer };
}

async function probed(file) {
  const { code, stdout, stderr } = await run('ffprobe', ['-v', 'warning', '-show_streams', '-show_format', '-of', 'json', file]);
  assert.deepEqual([code, stderr], [0, '']);
  return JSON.parse(stdout);
}

async function problem(daemon, target) {
  const { status, body } = await ask(daemon, 'GET', target);
  return [status, JSON.parse(body).error];
}

for (const [codec, first, videoFirst] of [['vp8', 'sound', false], ['h264', 'video', true]]) {
  test(`a clap in ${codec} is seen and heard at once, as tools/mux has it, though ${first} began earlier`, async (t) => {
    const daemon = await startDaemon(t);
    await clap(t, daemon, { meetingId: MEETING, codec, videoFirst });
    await stored(daemon, 2);
    const { file, answer } = await download(daemon);
    assert.equal(answer.headers['content-type'], 'video/x-matroska');
    assert.equal(answer.headers['content-disposition'], 'attachment; filename="RM_export_ann.mkv"');
    assert.equal(answer.headers['x-left-out'], undefined);
    const { seen, heard } = await clapIn(file);
    assert.ok(heard > 0.8 && heard < 1.3, `${heard}`);
    assert.ok(Math.abs(seen - heard) <= MOST_APART, `seen at ${seen}, heard at ${heard}`);

    const { streams, format } = await probed(file);
    assert.deepEqual(streams.map((stream) => [stream.codec_name, stream.tags.TITLE]).sort(), [['flac', 'TR_a'], [codec, 'TR_v']].sort());
    assert.equal(format.tags.title, `${MEETING} ann`);
    assert.ok(format.duration > 1.5 && format.duration < 3, format.duration);

    const mux = await run(path.join(source, 'tools/mux'), ['--ledger', daemon.ledgerDirectory, '--recordings', daemon.recordingsDirectory, MEETING, 'ann', 'mux.mkv'],
      { cwd: daemon.directory });
    assert.equal(mux.code, 0, mux.stderr);
    const theirs = path.join(daemon.directory, 'mux.mkv');
    assert.deepEqual(await packets(file), await packets(theirs), 'the times of the pictures');
    const sound = ['-map', '0:a:0', '-f', 's16le'];
    assert.ok((await decoded(file, ...sound)).equals(await decoded(theirs, ...sound)), 'every sample of the sound');
  });
}

test('a meeting that still runs is exported as far as it is', async (t) => {
  const daemon = await startDaemon(t);
  await clap(t, daemon, { meetingId: MEETING, running: async () => {
    const { seen, heard } = await eventually(async () => {
      const { status } = await ask(daemon, 'HEAD', ROUTE);
      if (status !== 200) return false;
      const { file, answer } = await download(daemon);
      assert.equal(answer.headers['x-left-out'], undefined);
      const clapped = await clapIn(file);
      return clapped.heard > 0 && clapped.seen > 0 && clapped;
    }, 'the clap is in the export');
    assert.ok(Math.abs(seen - heard) <= MOST_APART, `seen at ${seen}, heard at ${heard}`);
  } });
});

const spoken = (bytes) => noise(bytes, bytes % 251);

async function say(daemon, participant, trackId, bytes = 192000) {
  const socket = await connect(daemon, egressPath({ roomName: 'r', participant, trackId, meetingId: MEETING, ...STEREO_48K }));
  await send(socket, spoken(bytes));
  await close(socket);
}

test('tracks that came one after the other are tracks of the file, each from its beginning', async (t) => {
  const daemon = await startDaemon(t);
  await say(daemon, 'ann', 'TR_1');
  await daemon.logged(MEETING, { event: 'ended' }, 1);
  await say(daemon, 'ann', 'TR_2', 96000);
  await say(daemon, 'bob', 'TR_3');
  await stored(daemon, 3);
  const { file } = await download(daemon, '?participant=ann');
  const { streams } = await probed(file);
  assert.deepEqual(streams.map((stream) => stream.tags.TITLE), ['TR_1', 'TR_2']);
  const [one, two] = await sqlite(daemon.databaseFile, 'SELECT r.started_at AS at FROM recordings r JOIN tracks t ON r.track = t.id ORDER BY t.track_id');
  for (const [number, { at }, said] of [[0, one, spoken(192000)], [1, two, spoken(96000)]]) {
    const lead = (at - Math.min(one.at, two.at)) * 192; // what is sent in a rush has begun before it came
    const heard = await decoded(file, '-map', `0:a:${number}`, '-f', 's16le');
    assert.ok(heard.subarray(0, lead).every((byte) => byte === 0), 'silence until it began');
    assert.ok(heard.subarray(lead).equals(said), 'then what was said');
  }
});

test('what cannot be exported is answered with a reason', async (t) => {
  const daemon = await startDaemon(t);
  await say(daemon, 'ann', 'TR_1');
  await say(daemon, 'bob', 'TR_2');
  await stored(daemon, 2);
  const [status, error] = await problem(daemon, ROUTE);
  assert.deepEqual([status, error.code, error.parameter], [400, 'invalid_parameter', 'participant']);
  assert.match(error.message, /there are 'ann', 'bob'/);
  const [missing, unknown] = await problem(daemon, `${ROUTE}?participant=eve`);
  assert.deepEqual([missing, unknown.code], [404, 'unknown_participant']);
  assert.match(unknown.message, /there is 'ann', 'bob'/);
  assert.deepEqual((await problem(daemon, '/api/sessions/RM_unknown/export.mkv'))[0], 404);
  assert.deepEqual((await problem(daemon, `${ROUTE}?participant=ann&trackId=x`))[0], 400);
  const [gone] = daemon.recordings().filter((file) => file.includes('TR_1'));
  fs.rmSync(gone);
  const [nothing, reason] = await problem(daemon, `${ROUTE}?participant=ann`);
  assert.deepEqual([nothing, reason.code], [404, 'nothing_recorded']);
  assert.match(reason.message, /its file is not here/);
  await sqlite(daemon.databaseFile, "INSERT INTO sessions VALUES ('s', 'RM_empty', 'r', 'RM_empty', 'ACTIVE', 1, 1, NULL)");
  const [empty, why] = await problem(daemon, '/api/sessions/RM_empty/export.mkv');
  assert.deepEqual([empty, why.code], [404, 'nothing_recorded']);
});

test('a file that is missing is named, and the rest is exported', async (t) => {
  const daemon = await startDaemon(t);
  await clap(t, daemon, { meetingId: MEETING });
  await stored(daemon, 2);
  fs.rmSync(daemon.videos('.mkv')[0]);
  const { file, answer } = await download(daemon);
  const [video] = await sqlite(daemon.databaseFile, "SELECT id FROM tracks WHERE track_id = 'TR_v'");
  assert.equal(answer.headers['x-left-out'], `${video.id}.1`);
  assert.deepEqual((await probed(file)).streams.map((stream) => stream.codec_name), ['flac']);
  assert.match(daemon.stderr, /a recording is left out export="RM_export ann" recording=\S+ reason="its file is not here/);
});

test('a file that a disk has damaged is told of, with its track', async (t) => {
  const daemon = await startDaemon(t);
  await clap(t, daemon, { meetingId: MEETING });
  await stored(daemon, 2);
  const [video] = daemon.videos('.mkv');
  const bytes = fs.readFileSync(video);
  bytes.fill(0x55, 40, 80);
  fs.writeFileSync(video, bytes);
  const [status, error] = await problem(daemon, ROUTE);
  assert.deepEqual([status, error.code], [500, 'unreadable']);
  await eventually(() => /a recording cannot be exported, and the export ends export="RM_export ann" trackId=TR_v /.test(daemon.stderr), 'the log says why');
});

test('what a killed daemon recorded is exported by the next', async (t) => {
  const killed = await startDaemon(t, {}, { cleanEnd: false });
  await clap(t, killed, { meetingId: MEETING, running: async () => {
    await eventually(() => recordedBytes(killed.recordings()[0]) > 192000 * 1.9, 'what was heard is on disk');
    await eventually(async () => (await sqlite(killed.databaseFile, 'SELECT id FROM recordings')).length === 2, 'both recordings are stored');
    killed.program.kill('SIGKILL');
    return killed.program.end();
  } });
  const place = (name) => path.join(killed.directory, name);
  const [video] = killed.videos('.mkv');
  fs.truncateSync(video, fs.statSync(video).size - 20); // inside its last frame
  const daemon = await startDaemon(t, { EGRESS_AUDIO_OUTPUT_DIR: place('recordings'), EGRESS_VIDEO_OUTPUT_DIR: place('video'), DATABASE_URL: `sqlite:${killed.databaseFile}` });
  const { file } = await download(daemon);
  const { seen, heard } = await clapIn(file);
  assert.ok(Math.abs(seen - heard) <= MOST_APART, `seen at ${seen}, heard at ${heard}`);
});

/** A recording of noise that is larger than what sockets hold. */
async function longRecording(daemon) {
  await say(daemon, 'ann', 'TR_1');
  await stored(daemon, 1);
  const [recording] = daemon.recordings();
  fs.appendFileSync(recording, noise(48 << 20, 3));
}

/** A client that reads nothing behind the head of the answer. */
function stalled(t, daemon) {
  return within(new Promise((resolve, reject) => {
    const request = http.get(daemon.url + ROUTE, { agent: false }, (response) => {
      response.on('error', () => {});
      response.pause();
      resolve(request);
    });
    request.on('error', reject);
    t.after(() => request.destroy());
  }), 'the answer begins');
}

test('two are made at once, and one whose client goes ends', async (t) => {
  const daemon = await startDaemon(t, { HTTP_REQUEST_TIMEOUT_MS: '600000' });
  await longRecording(daemon);
  const [client] = [await stalled(t, daemon), await stalled(t, daemon)];
  const refused = await ask(daemon, 'GET', ROUTE);
  assert.deepEqual([refused.status, refused.headers['retry-after'], JSON.parse(refused.body).error.code], [503, '10', 'too_many_exports']);
  client.on('error', () => {});
  client.destroy();
  await eventually(async () => (await ask(daemon, 'HEAD', ROUTE)).status === 200, 'its place is free');
  const whole = await download(daemon);
  assert.ok((await decoded(whole.file, '-map', '0:a:0', '-f', 's16le')).length > 48 << 20);
});

test('one whose client reads nothing ends after a while, and one that is made does not keep the daemon', async (t) => {
  const daemon = await startDaemon(t, { HTTP_REQUEST_TIMEOUT_MS: '1500' });
  await longRecording(daemon);
  await stalled(t, daemon);
  const cut = await stalled(t, daemon);
  cut.on('error', () => {});
  await eventually(async () => (await ask(daemon, 'HEAD', ROUTE)).status === 200, 'a place is free');
  await stalled(t, daemon);
  await daemon.stop();
});
