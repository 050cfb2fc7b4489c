// Sockets that name no meeting: they find it by their room, or it finds them, with everything they left on disk.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ask, askJson } from './support/ask.mjs';
import { filesBelow, startDaemon } from './support/daemon.mjs';
import { databases, postgresDatabase, sqliteDatabase } from './support/database.mjs';
import { eventually } from './support/eventually.mjs';
import { KEY, SECRET, webhook } from './support/livekit.mjs';
import { built, run, source, temporaryDirectory } from './support/program.mjs';
import { assertLedgerLines, assertLogLines } from './support/schema.mjs';
import { startService } from './support/service.mjs';
import { startStub } from './support/stub.mjs';
import { close, connect, egressPath, send, STEREO_48K } from './support/track.mjs';
import { assertSameAudio, noise, parseWav, readWav } from './support/wav.mjs';

const KEYS = { LIVEKIT_API_KEY: KEY, LIVEKIT_API_SECRET: SECRET };
const AUDIO = noise(192000 * 1.5, 41);

const room = (sid) => ({ sid, name: 'daily', creationTime: String(Math.floor(Date.now() / 1000) - 60) });
const starts = async (daemon, sid) => assert.equal(await webhook(daemon, { event: 'room_started', room: room(sid) }), 204);

function open(daemon, trackId = 'TR_1', more = {}) {
  return connect(daemon, egressPath({ roomName: 'daily', participant: 'ann', trackId, ...more, ...STEREO_48K, groupSeconds: 0.5 }));
}

function addSession(database, meetingId, start = Date.now() - 60000) {
  return database.query(`INSERT INTO sessions (id, meeting_id, room_name, room_sid, status, created_at, started_at) VALUES
    ('s-${meetingId}', '${meetingId}', 'daily', '${meetingId}', 'ACTIVE', ${start}, ${start})`);
}

/** Names below the directories of recordings and ledgers. */
function places(daemon) {
  const below = (root) => filesBelow(root).map((file) => path.relative(root, file));
  return { recordings: below(daemon.recordingsDirectory), ledgers: below(daemon.ledgerDirectory).filter((name) => !name.includes('late/')) };
}

async function moved(daemon, meetingId, tracks = 1) {
  await eventually(() => {
    const { recordings, ledgers } = places(daemon);
    return [recordings, ledgers].every((names) => names.length === tracks && names.every((name) => path.dirname(name) === meetingId));
  }, () => `everything lies under ${meetingId}: ${JSON.stringify(places(daemon))}\n${daemon.program.output()}`);
}

async function stored(daemon, meetingId, tracks = 1) {
  return eventually(async () => {
    const found = await askJson(daemon, `/api/sessions/${meetingId}`);
    return found.tracks?.length === tracks && found.tracks.every((track) => track.endedAt) && found;
  }, `${meetingId} has its tracks`);
}

/** {code, proven, tracks, stillElsewhere, output} of tools/verify. */
async function verify(daemon, meetingId) {
  const { code, stdout, stderr } = await run(path.join(source, 'tools/verify'), ['--json', '--ledger', daemon.ledgerDirectory,
    '--recordings', daemon.recordingsDirectory, '--spool', path.join(daemon.directory, 'spool'), meetingId]);
  return { code, ...JSON.parse(stdout || '{}'), output: stdout + stderr };
}

/** Proven by tools/verify and whole by the API, and downloaded bit by bit. */
async function assertWhole(daemon, meetingId, audio = AUDIO) {
  const { code, tracks: [track], output } = await verify(daemon, meetingId);
  assert.equal(code, 0, output);
  const coverage = await askJson(daemon, `/api/tracks/${track.track}/coverage?meetingId=${meetingId}`);
  assert.deepEqual([coverage.meetingId, coverage.complete, coverage.received], [meetingId, true, audio.length / 4]);
  assert.equal((await askJson(daemon, `/api/tracks/${track.track}/coverage`)).complete, true);
  const [recording] = (await stored(daemon, meetingId)).tracks[0].recordings;
  const download = await eventually(async () => {
    const answer = await ask(daemon, 'GET', recording.audio);
    return answer.status === 200 && answer;
  }, 'the row knows where the file is');
  assertSameAudio(parseWav(download.bytes).data, audio, 'the download');
  return track;
}

for (const [engine, make] of databases) {
  test(`a socket without meetingId belongs to the newest active session of its room in ${engine}`, async (t) => {
    const database = await make(t);
    const stub = await startStub(t);
    const daemon = await startDaemon(t, { DATABASE_URL: database.url, IMENTIV_ENDPOINT_URL: stub.url });
    await addSession(database, 'RM_old', Date.now() - 90000);
    await addSession(database, 'RM_1');
    const socket = await open(daemon);
    await send(socket, AUDIO);
    await close(socket);
    const { line, wav } = await daemon.ended('RM_1', 'TR_1');
    assert.equal(path.basename(path.dirname(line.file)), 'RM_1');
    assertSameAudio(wav.data, AUDIO, 'the recording');
    await assertWhole(daemon, 'RM_1');
    for (const block of stub.blocks('TR_1')) assert.equal(new URLSearchParams(block.query).get('meetingId'), 'RM_1');
    assert.deepEqual(await database.query('SELECT * FROM moves'), []);
  });
}

test('an egress of LiveKit waits for the look-up and loses nothing', async (t) => {
  const database = sqliteDatabase(t);
  const daemon = await startDaemon(t, { DATABASE_URL: database.url });
  await addSession(database, 'RM_1');
  const { code, stdout, stderr } = await run(built.egressSim, ['--url', `${daemon.url.replace('http', 'ws')}/egress-audio`, '--room', 'daily', '--tracks', '3', '--duration', '2']);
  assert.equal(code, 0, stdout + stderr);
  await eventually(() => daemon.log('RM_1', { event: 'ended' }).length === 3, () => `three tracks have ended\n${daemon.program.output()}`);
  for (const line of daemon.log('RM_1', { event: 'ended' })) {
    assert.deepEqual([line.outcome, line.samples, line.gaps], ['ok', 96000, 0], JSON.stringify(line));
    assert.equal(readWav(line.file).data.length, 2 * 192000);
  }
});

test('a webhook that comes while the track runs: its row follows at once, its files when it has ended', async (t) => {
  const daemon = await startDaemon(t, KEYS);
  const socket = await open(daemon);
  await send(socket, AUDIO.subarray(0, 192000));
  await eventually(() => daemon.recordings().length === 1, 'it is being recorded');
  await starts(daemon, 'RM_1');
  await eventually(async () => (await askJson(daemon, '/api/sessions/RM_1')).tracks?.length === 1, 'the row has its meeting');
  assert.equal(path.dirname(places(daemon).recordings[0]), 'daily', 'an open recording stays');
  await send(socket, AUDIO.subarray(192000));
  await close(socket);
  await moved(daemon, 'RM_1');
  await assertWhole(daemon, 'RM_1');
  assertLedgerLines(daemon.ledgers('RM_1')[0]);
  for (const name of ['daily', 'RM_1']) {
    const [line] = await daemon.logged(name, { event: 'associated' });
    assert.deepEqual([line.meetingId, line.room, line.trackId], ['RM_1', 'daily', 'TR_1']);
    assertLogLines(daemon.log(name));
  }
  assert.equal(daemon.log('daily', { event: 'ended' }).length, 1);
});

test('a meeting is not proven before the tracks of its room have come to it', async (t) => {
  const daemon = await startDaemon(t, KEYS);
  const named = await open(daemon, 'TR_2', { meetingId: 'RM_1' });
  await send(named, AUDIO);
  await close(named);
  await daemon.ended('RM_1', 'TR_2');
  await eventually(() => daemon.ledgers('RM_1')[0]?.at(-1).line === 'end', 'its ledger is closed');
  assert.equal((await verify(daemon, 'RM_1')).code, 0, 'alone it is proven');
  const nameless = await open(daemon);
  await send(nameless, AUDIO);
  await eventually(() => daemon.ledgers('daily').length === 1, 'the other has a ledger, under its room');
  const before = await verify(daemon, 'RM_1');
  assert.deepEqual([before.code, before.proven, before.tracks.length, before.stillElsewhere.map((file) => path.basename(path.dirname(file)))],
    [1, false, 1, ['daily']], before.output);
  await starts(daemon, 'RM_1');
  await close(nameless);
  await moved(daemon, 'RM_1', 2);
  const after = await verify(daemon, 'RM_1');
  assert.deepEqual([after.code, after.tracks.length, after.stillElsewhere], [0, 2, []], after.output);
});

test('a webhook that comes after the track finds it, and next week\'s does not', async (t) => {
  const database = sqliteDatabase(t);
  const daemon = await startDaemon(t, { ...KEYS, DATABASE_URL: database.url });
  const socket = await open(daemon);
  await send(socket, AUDIO);
  await close(socket);
  await daemon.ended('daily', 'TR_1');
  await eventually(async () => (await database.query('SELECT * FROM tracks WHERE ended_at IS NOT NULL')).length === 1, 'its end is stored');
  const week = 7 * 24 * 3600;
  const next = { ...room('RM_next'), creationTime: String(Math.floor(Date.now() / 1000) + week) };
  assert.equal(await webhook(daemon, { event: 'room_started', room: next }), 204);
  await eventually(async () => (await askJson(daemon, '/api/sessions/RM_next')).meetingId === 'RM_next', 'that session is there');
  await starts(daemon, 'RM_1');
  await moved(daemon, 'RM_1');
  await assertWhole(daemon, 'RM_1');
  assert.deepEqual((await askJson(daemon, '/api/sessions/RM_next')).tracks, []);
});

test('a block that is delivered after its track has moved is accounted for', async (t) => {
  const service = await startService(t, 503);
  const daemon = await startDaemon(t, { ...KEYS, IMENTIV_ENDPOINT_URL: service.url, IMENTIV_SPOOL_DIR: './spool', IMENTIV_MAX_ATTEMPTS: '1',
    IMENTIV_CIRCUIT_FAILURES: '1', IMENTIV_CIRCUIT_PAUSE_MS: '50' });
  const socket = await open(daemon);
  await send(socket, AUDIO);
  await close(socket);
  await starts(daemon, 'RM_1');
  await moved(daemon, 'RM_1');
  assert.deepEqual((await assertWhole(daemon, 'RM_1')).states, { spooled: 3 });
  service.answer = 200;
  await eventually(async () => (await askJson(daemon, '/api/tracks/TR_1/coverage')).totals['delivered-from-spool'] === 72000,
    'coverage knows of the delivery');
  assert.deepEqual((await assertWhole(daemon, 'RM_1')).states, { 'delivered-from-spool': 3 });
  await daemon.logged('RM_1', { event: 'associated' });
  for (const name of ['daily', 'RM_1']) {
    const { code, stdout, stderr } = await run(path.join(source, 'tools/timeline'), ['--ledger', daemon.ledgerDirectory,
      '--recordings', daemon.recordingsDirectory, path.join(daemon.logsDirectory, `${name}.log`)]);
    assert.equal(code, 0, stderr);
    assert.equal(stdout.match(/class="from-spool"/g)?.length, 3, `${name}: ${stdout}`);
    assert.equal(stdout.match(/<polygon /g)?.length, 1, `${name}: the recording is found under its meeting`);
  }
});

test('a kill in the middle of a move, and one in the middle of a track: the next start does the rest', async (t) => {
  const database = sqliteDatabase(t);
  const storage = temporaryDirectory(t);
  const settings = { ...KEYS, DATABASE_URL: database.url, EGRESS_AUDIO_OUTPUT_DIR: path.join(storage, 'recordings'), LEDGER_DIR: path.join(storage, 'ledger') };
  const place = { recordingsDirectory: settings.EGRESS_AUDIO_OUTPUT_DIR, ledgerDirectory: settings.LEDGER_DIR };
  const first = Object.assign(await startDaemon(t, settings, { cleanEnd: false }), place);
  const ended = await open(first);
  await send(ended, AUDIO);
  await close(ended);
  await first.ended('daily', 'TR_1');
  const cut = await open(first, 'TR_2');
  cut.on('error', () => {});
  await send(cut, AUDIO);
  await eventually(async () => (await database.query('SELECT * FROM recordings')).length === 2 &&
    (await database.query('SELECT * FROM tracks WHERE ended_at IS NOT NULL')).length === 1 &&
    first.ledgers('daily').some((lines) => lines.filter((line) => line.line === 'block').length === 3 && lines.at(-1).line !== 'end'), 'all of it is stored');
  first.program.kill('SIGKILL');
  await first.program.end();
  // The rows were told, the file had gone, and then the power went.
  const [{ id }] = await database.query("SELECT id FROM tracks WHERE track_id = 'TR_1'");
  await database.query(`UPDATE tracks SET meeting_id = 'RM_1' WHERE id = '${id}'`);
  await database.query(`INSERT INTO moves (track, since) VALUES ('${id}', ${Date.now()})`);
  const [file] = places(first).recordings.filter((name) => name.includes('TR_1'));
  fs.mkdirSync(path.join(place.recordingsDirectory, 'RM_1'));
  fs.renameSync(path.join(place.recordingsDirectory, file), path.join(place.recordingsDirectory, 'RM_1', path.basename(file)));
  // As if a quarter of an hour had gone by.
  const { recordings, ledgers } = places(first);
  const before = Date.now() / 1000 - 900;
  for (const name of recordings) fs.utimesSync(path.join(place.recordingsDirectory, name), before, before);
  for (const name of ledgers) fs.utimesSync(path.join(place.ledgerDirectory, name), before, before);
  await addSession(database, 'RM_1');
  const second = Object.assign(await startDaemon(t, settings), place);
  await moved(second, 'RM_1', 2);
  const { code, stdout } = await run(path.join(source, 'tools/verify'), ['--json', '--ledger', place.ledgerDirectory,
    '--recordings', place.recordingsDirectory, 'RM_1']);
  assert.equal(code, 0, stdout);
  assert.deepEqual(JSON.parse(stdout).tracks.map((track) => [track.state, track.received]).sort(), [['ended', 72000], ['killed', 72000]]);
  await eventually(async () => (await database.query('SELECT * FROM moves')).length === 0, 'nothing is left to do');
  for (const { path: name } of await database.query('SELECT path FROM recordings')) {
    assert.ok(fs.existsSync(path.join(place.recordingsDirectory, name)), name);
  }
});

test('while the database is away sockets are taken at once, and find their meeting when it is back', async (t) => {
  const database = await postgresDatabase(t);
  const daemon = await startDaemon(t, { DATABASE_URL: database.url });
  await addSession(database, 'RM_1');
  await database.stop();
  const socket = await open(daemon);
  await send(socket, AUDIO);
  await close(socket);
  await daemon.ended('daily', 'TR_1');
  assert.match(daemon.stderr, /meeting of a room cannot be looked up/);
  await database.start();
  await moved(daemon, 'RM_1');
  await assertWhole(daemon, 'RM_1');
});

test('of two replicas with one database the one that has the files moves them', async (t) => {
  const database = await postgresDatabase(t);
  const settings = { ...KEYS, DATABASE_URL: database.url };
  const owner = await startDaemon(t, settings);
  const other = await startDaemon(t, settings);
  const socket = await open(owner);
  await send(socket, AUDIO);
  await starts(other, 'RM_1'); // a load balancer may send it anywhere
  await eventually(async () => (await askJson(owner, '/api/sessions/RM_1')).meetingId === 'RM_1', 'the session is there');
  await close(socket);
  await moved(owner, 'RM_1');
  await assertWhole(owner, 'RM_1');
  assert.deepEqual(places(other), { recordings: [], ledgers: [] });
});
