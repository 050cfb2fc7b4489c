// The ledger: what was received is recorded and delivered, or it says what became of it; tools/verify proves it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ask, askJson } from './support/ask.mjs';
import { startDaemon } from './support/daemon.mjs';
import { eventually } from './support/eventually.mjs';
import { run, source, temporaryDirectory } from './support/program.mjs';
import { assertLedgerLines } from './support/schema.mjs';
import { startService } from './support/service.mjs';
import { startStub } from './support/stub.mjs';
import { close, connect, egressPath, send, STEREO_48K } from './support/track.mjs';
import { noise } from './support/wav.mjs';

const MEETING = 'RM_ledger';
const SECOND = 192000;

/** {code, proven, tracks, output} of tools/verify. */
async function verify(daemon) {
  const { code, stdout, stderr } = await run(path.join(source, 'tools/verify'), ['--json', '--ledger', daemon.ledgerDirectory,
    '--recordings', daemon.recordingsDirectory, '--spool', path.join(daemon.directory, 'spool'), MEETING]);
  assert.equal(stderr, '');
  return { code, ...JSON.parse(stdout), output: stdout };
}

async function assertProven(daemon) {
  const result = await verify(daemon);
  assert.equal(result.code, 0, result.output);
  for (const file of fs.readdirSync(path.join(daemon.ledgerDirectory, MEETING)).filter((name) => name.endsWith('.jsonl'))) {
    assertLedgerLines(daemon.ledger(MEETING, file));
  }
  return result.tracks;
}

async function play(daemon, trackId, seconds, seed) {
  const socket = await connect(daemon, egressPath({ roomName: 'r', participant: 'p', trackId, meetingId: MEETING, ...STEREO_48K,
    groupSeconds: 0.5 }));
  await send(socket, noise(SECOND * seconds, seed));
  return socket;
}

async function end(daemon, socket, trackId) {
  await close(socket);
  await daemon.ended(MEETING, trackId);
  await eventually(() => daemon.ledgers(MEETING).every((lines) => lines.at(-1).line === 'end'), 'the ledger is closed');
}

test('a meeting that went well is proven, and what was sent has the hashes of the ledger', async (t) => {
  const stub = await startStub(t);
  const daemon = await startDaemon(t, { IMENTIV_ENDPOINT_URL: stub.url });
  for (const [trackId, seed] of [['TR_1', 1], ['TR_2', 2]]) await end(daemon, await play(daemon, trackId, 3.3, seed), trackId);
  const tracks = await assertProven(daemon);
  assert.equal(tracks.length, 2);
  for (const track of tracks) {
    assert.equal(track.received, 158400);
    assert.deepEqual(track.states, { acknowledged: 7 });
    assert.equal(track.hashed, 7);
  }
  // What arrived is what was hashed: xxhsum of libxxhash's own command line would print the same.
  const [lines] = daemon.ledgers(MEETING);
  const hashes = lines.filter((line) => line.line === 'block').map((line) => line.hash);
  for (const [index, block] of stub.blocks('TR_1').entries()) {
    const { stdout } = await run('python3', ['-c', 'import sys, xxh3; print(xxh3.hex128(open(sys.argv[1], "rb").read()))',
      path.join(stub.directory, block.file)], { env: { ...process.env, PYTHONPATH: path.join(source, 'tools/lib') } });
    assert.equal(stdout.trim(), hashes[index]);
  }
});

test('silence is recorded and not sent, the receiver is told, and it is accounted for', async (t) => {
  const stub = await startStub(t);
  const daemon = await startDaemon(t, { IMENTIV_ENDPOINT_URL: stub.url });
  const socket = await play(daemon, 'TR_1', 1, 6);
  await send(socket, Buffer.alloc(SECOND));
  await send(socket, noise(SECOND, 7));
  await end(daemon, socket, 'TR_1');
  const [track] = await assertProven(daemon);
  assert.equal(track.received, 144000);
  assert.deepEqual(track.states, { acknowledged: 4, skipped: 2 });
  assert.deepEqual(daemon.log(MEETING, { event: 'skipped' }).map(({ sample, samples, reason }) => [sample, samples, reason]),
    [[48000, 24000, 'silence'], [72000, 24000, 'silence']]);
  const sent = stub.blocks('TR_1');
  assert.deepEqual(sent.map((block) => Number(block.headers['x-block-sequence'])), [0, 1, 4, 5]);
  assert.deepEqual(sent.map((block) => Number(block.headers['x-block-skipped'])), [0, 0, 2, 0]);
  assert.deepEqual(sent.map((block) => Number(block.headers['x-block-start-sample'])), [0, 24000, 96000, 120000]);
});

test('silence is sent when it is wanted', async (t) => {
  const stub = await startStub(t);
  const daemon = await startDaemon(t, { IMENTIV_ENDPOINT_URL: stub.url, AUDIO_PIPELINE_SEND_SILENCE: 'true' });
  const socket = await play(daemon, 'TR_1', 0, 1);
  await send(socket, Buffer.alloc(SECOND));
  await end(daemon, socket, 'TR_1');
  const [track] = await assertProven(daemon);
  assert.deepEqual(track.states, { acknowledged: 2 });
  assert.equal(stub.joined('TR_1').length, SECOND);
});

test('without an answer every block is accounted for, and nothing of the recording is missing', async (t) => {
  const daemon = await startDaemon(t, { IMENTIV_ENDPOINT_URL: 'http://127.0.0.1:9/none', IMENTIV_MAX_ATTEMPTS: '1' });
  await end(daemon, await play(daemon, 'TR_1', 2, 3), 'TR_1');
  const [track] = await assertProven(daemon);
  assert.equal(track.blocks, 4);
  assert.equal(track.hashed, 4);
  assert.equal(track.states.acknowledged, undefined);
});

const SPOOLING = { IMENTIV_SPOOL_DIR: './spool', IMENTIV_MAX_ATTEMPTS: '1', IMENTIV_CIRCUIT_FAILURES: '1', IMENTIV_CIRCUIT_PAUSE_MS: '50' };

test('a block that is refused for good is proven as a dead letter, as long as its file is whole', async (t) => {
  const service = await startService(t, 422);
  const daemon = await startDaemon(t, { ...SPOOLING, IMENTIV_ENDPOINT_URL: service.url });
  await end(daemon, await play(daemon, 'TR_1', 1, 6), 'TR_1');
  const [track] = await assertProven(daemon);
  assert.deepEqual(track.states, { 'dead-lettered': 2 });
  const coverage = await askJson(daemon, '/api/tracks/TR_1/coverage');
  assert.equal(coverage.complete, true, JSON.stringify(coverage));
  assert.deepEqual(coverage.recording, [{ from: 0, to: 48000, state: 'recorded' }]);
  assert.deepEqual(coverage.analysis, [{ from: 0, to: 48000, state: 'dead-lettered', reason: coverage.analysis[0].reason }]);
  const dead = path.join(daemon.directory, 'spool/dead');
  const [first, second] = fs.readdirSync(dead).filter((name) => name.endsWith('.block')).sort().map((name) => path.join(dead, name));
  fs.truncateSync(first, fs.statSync(first).size - 1);
  fs.rmSync(second);
  const { code, tracks } = await verify(daemon);
  assert.equal(code, 1);
  assert.equal(tracks[0].problems.length, 2);
  assert.match(tracks[0].problems[0], /block 0 .* is not whole/);
  assert.match(tracks[0].problems[1], /block 1 .* not in /);
});

test('a service that comes back within the track: delivered from the spool is proven', async (t) => {
  const service = await startService(t, 503);
  const daemon = await startDaemon(t, { ...SPOOLING, IMENTIV_ENDPOINT_URL: service.url });
  const states = () => daemon.ledgers(MEETING)[0].filter((line) => line.line === 'state').map((line) => line.state);
  const socket = await play(daemon, 'TR_1', 1, 8);
  await daemon.hasLedger(MEETING);
  await eventually(() => states().length === 2, 'the blocks are spooled');
  assert.deepEqual(states(), ['spooled', 'spooled']);
  service.answer = 200;
  await eventually(() => states().length === 4, () => `the blocks are delivered: ${states()}`);
  await end(daemon, socket, 'TR_1');
  const [track] = await assertProven(daemon);
  assert.deepEqual(track.states, { 'delivered-from-spool': 2 });
  const coverage = await askJson(daemon, `/api/tracks/TR_1/coverage?meetingId=${MEETING}`);
  assert.equal(coverage.complete, true, JSON.stringify(coverage));
  assert.deepEqual(coverage.analysis, [{ from: 0, to: 48000, state: 'delivered-from-spool' }]);
});

test('a service that comes back after a restart: both proofs find the track of the earlier run delivered', async (t) => {
  const service = await startService(t, 503);
  const directory = temporaryDirectory(t);
  const settings = { ...SPOOLING, IMENTIV_ENDPOINT_URL: service.url, LEDGER_DIR: path.join(directory, 'ledger'),
    IMENTIV_SPOOL_DIR: path.join(directory, 'spool'), EGRESS_AUDIO_OUTPUT_DIR: path.join(directory, 'recordings') };
  const place = { ledgerDirectory: settings.LEDGER_DIR, recordingsDirectory: settings.EGRESS_AUDIO_OUTPUT_DIR, directory };
  const first = Object.assign(await startDaemon(t, settings), place);
  await end(first, await play(first, 'TR_1', 1, 9), 'TR_1');
  assert.deepEqual((await assertProven(first))[0].states, { spooled: 2 });
  await first.stop();
  service.answer = 200;
  const second = Object.assign(await startDaemon(t, settings), place);
  const coverage = await eventually(async () => {
    const now = await askJson(second, '/api/tracks/TR_1/coverage');
    return now.totals['delivered-from-spool'] === 48000 && now;
  }, 'the ledger knows of the delivery');
  assert.deepEqual([coverage.state, coverage.complete, coverage.received, coverage.totals],
    ['ended', true, 48000, { recorded: 48000, 'delivered-from-spool': 48000 }]);
  assert.deepEqual((await assertProven(second))[0].states, { 'delivered-from-spool': 2 });
  assertLedgerLines(second.ledger(MEETING, 'late/states.jsonl'));
  assert.equal((await ask(second, 'GET', '/api/tracks/TR_1/coverage?meetingId=RM_other')).status, 404);
});

test('after kill -9 and a new start everything on disk is proven, and what may not have arrived is named', async (t) => {
  const stub = await startStub(t, ['--hang']);
  const storage = temporaryDirectory(t);
  const settings = { IMENTIV_ENDPOINT_URL: stub.url, EGRESS_AUDIO_OUTPUT_DIR: path.join(storage, 'recordings'),
    LEDGER_DIR: path.join(storage, 'ledger') };
  const place = { recordingsDirectory: settings.EGRESS_AUDIO_OUTPUT_DIR, ledgerDirectory: settings.LEDGER_DIR };
  const daemon = Object.assign(await startDaemon(t, settings, { cleanEnd: false }), place);
  const socket = await play(daemon, 'TR_1', 2.2, 4);
  socket.on('error', () => {});
  await eventually(() => daemon.ledgers(MEETING)[0]?.filter((line) => line.line === 'block').length === 4, 'four blocks are cut');
  const running = await verify(daemon);
  assert.equal(running.code, 1);
  assert.deepEqual(running.tracks[0].problems, ['the track is still running']);
  daemon.program.kill('SIGKILL');
  await daemon.program.end();
  Object.assign(await startDaemon(t, settings), place);
  const [track] = await assertProven(daemon);
  assert.equal(track.state, 'killed');
  assert.equal(track.received, 105600);
  assert.deepEqual(track.states, { lost: 4 });
  assert.match(track.notes.join(), /\[96000, 105600\) is in the recording and was in no block/);
});

test('a recording that was touched afterwards is found out', async (t) => {
  const daemon = await startDaemon(t);
  await end(daemon, await play(daemon, 'TR_1', 1, 5), 'TR_1');
  const [track] = await assertProven(daemon);
  assert.deepEqual(track.states, { unsent: 2 });
  const [file] = daemon.recordings();
  const bytes = fs.readFileSync(file);
  bytes[bytes.length - 1] ^= 1;
  fs.writeFileSync(file, bytes);
  const { code, tracks } = await verify(daemon);
  assert.equal(code, 1);
  assert.deepEqual(tracks[0].problems, ['block 1 [24000, 48000) is not what the recording holds']);
});
