// An analysis service that is away: nothing is lost, whatever ends the daemon meanwhile.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { askJson } from './support/ask.mjs';
import { startDaemon } from './support/daemon.mjs';
import { eventually } from './support/eventually.mjs';
import { temporaryDirectory } from './support/program.mjs';
import { assertLogLines } from './support/schema.mjs';
import { startService } from './support/service.mjs';
import { close, connect, egressPath, send, STEREO_48K } from './support/track.mjs';
import { assertSameAudio, noise } from './support/wav.mjs';

const MEETING = 'RM_spool';
const TRACK = 'TR_1';
const AUDIO = noise(192000 * 2 + 96000, 17); // two blocks of a second and one of half a second

function settings(service, spool, more = {}) {
  return {
    IMENTIV_ENDPOINT_URL: service.url, IMENTIV_SPOOL_DIR: spool, IMENTIV_MAX_ATTEMPTS: '1', IMENTIV_CIRCUIT_PAUSE_MS: '50',
    IMENTIV_REFUSED_PAUSE_MS: '100', AUDIO_PIPELINE_GROUP_SECONDS: '1', ...more,
  };
}

/** Plays AUDIO; the recording is complete. */
async function play(daemon, trackId = TRACK) {
  const socket = await connect(daemon, egressPath({ roomName: 'r', participant: 'p', trackId, meetingId: MEETING, ...STEREO_48K }));
  await send(socket, AUDIO);
  await close(socket);
  const { line, wav } = await daemon.ended(MEETING, trackId);
  assertSameAudio(wav.data, AUDIO, 'the recording');
  assertLogLines(daemon.log(MEETING));
  return line;
}

function files(spool, folder = '.') {
  return fs.readdirSync(`${spool}/${folder}`).filter((name) => name.endsWith('.block')).sort();
}

/** Everything arrived, once each or more often, in order, under the keys that the log told. */
function assertDelivered(service, keys) {
  const first = [...new Map(service.taken.map((block) => [block.headers['idempotency-key'], block]).reverse()).values()].reverse();
  assert.deepEqual(first.map((block) => block.headers['x-block-sequence']), ['0', '1', '2']);
  assert.deepEqual(first.map((block) => block.headers['idempotency-key']), keys);
  assertSameAudio(Buffer.concat(first.map((block) => block.body)), AUDIO, 'the blocks');
}

const spoolOf = (t) => `${temporaryDirectory(t)}/spool`;

test('a track that ends in an outage is no fault, and is delivered when the service is back', async (t) => {
  const service = await startService(t, 503);
  const spool = spoolOf(t);
  const daemon = await startDaemon(t, settings(service, spool, { IMENTIV_CIRCUIT_FAILURES: '1' }));
  const end = await play(daemon);
  assert.equal(end.outcome, 'ok', end.message);
  const keys = (await daemon.logged(MEETING, { event: 'spooled' }, 3)).map((line) => line.key);
  service.answer = 200;
  await eventually(() => files(spool).length === 0, 'the spool is empty');
  assertDelivered(service, keys);
  await eventually(() => daemon.stderr.includes('circuit is closed'), 'the log tells that it works again');
});

test('kill -9 in an outage: the next start delivers everything under the same keys', async (t) => {
  const service = await startService(t, 503);
  const spool = spoolOf(t);
  const first = await startDaemon(t, settings(service, spool), { cleanEnd: false });
  await play(first);
  const keys = (await first.logged(MEETING, { event: 'spooled' }, 3)).map((line) => line.key);
  first.program.kill('SIGKILL');
  await first.program.end();
  fs.writeFileSync(`${spool}/.tmp7`, 'half a block');
  assert.equal(files(spool).length, 3);
  service.answer = 200;
  const second = await startDaemon(t, settings(service, spool));
  await eventually(() => files(spool).length === 0, 'the spool is empty');
  assertDelivered(service, keys);
  assert.ok(!fs.existsSync(`${spool}/.tmp7`));
  await eventually(() => second.stderr.includes('half-written'), 'the log tells of the half-written file');
});

test('SIGTERM while the service hangs: everything is in the spool and the end is a clean one', async (t) => {
  const service = await startService(t, 'hang');
  const spool = spoolOf(t);
  const daemon = await startDaemon(t, settings(service, spool, { IMENTIV_DRAIN_TIMEOUT_MS: '2000' }), { cleanEnd: false });
  const socket = await connect(daemon, egressPath({ roomName: 'r', participant: 'p', trackId: TRACK, meetingId: MEETING, ...STEREO_48K }));
  await send(socket, AUDIO);
  await daemon.logged(MEETING, { event: 'block' }, 2);
  daemon.program.kill('SIGTERM');
  const { code } = await daemon.program.end();
  assert.equal(code, 0, daemon.program.output());
  // What was in flight comes after what waited behind it.
  const keys = daemon.log(MEETING, { event: 'spooled' }).map((line) => line.key).sort();
  assert.equal(keys.length, 3, daemon.logText(MEETING));
  assert.equal(files(spool).length, 3);
  service.answer = 200;
  await startDaemon(t, settings(service, spool));
  await eventually(() => files(spool).length === 0, 'the spool is empty');
  assertDelivered(service, keys);
});

test('a refused key stops the requests and alarms; another key delivers', async (t) => {
  const service = await startService(t, 401);
  const spool = spoolOf(t);
  const slow = { IMENTIV_REFUSED_PAUSE_MS: '3600000' };
  const first = await startDaemon(t, settings(service, spool, { ...slow, IMENTIV_API_KEY: 'sk-old' }));
  await play(first);
  const keys = (await first.logged(MEETING, { event: 'spooled' }, 3)).map((line) => line.key);
  assert.equal(service.requests, 1, 'one question is enough');
  assert.match(first.stderr, /refused the API key/);
  assert.ok(!first.stderr.includes('sk-old'));
  await first.stop();
  service.answer = 200;
  await startDaemon(t, settings(service, spool, { ...slow, IMENTIV_API_KEY: 'sk-new' }));
  await eventually(() => files(spool).length === 0, 'the spool is empty');
  assertDelivered(service, keys);
});

test('a final answer is a dead letter with the answer beside it, and put back it is sent again', async (t) => {
  const service = await startService(t, 422);
  const spool = spoolOf(t);
  const daemon = await startDaemon(t, settings(service, spool));
  const end = await play(daemon);
  assert.equal(end.outcome, 'destination-fault');
  const keys = (await daemon.logged(MEETING, { event: 'dead-letter' }, 3)).map((line) => line.key);
  const dead = files(spool, 'dead');
  assert.equal(dead.length, 3);
  assert.match(fs.readFileSync(`${spool}/dead/${dead[0]}.answer`, 'utf8'), /status: 422[^]*\{"error":"no"\}/);
  service.answer = 200;
  for (const name of dead) fs.renameSync(`${spool}/dead/${name}`, `${spool}/retry/${name}`);
  await eventually(() => service.taken.length === 3, 'they are delivered');
  assertDelivered(service, keys);
});

test('blocks that nobody took before they became too old are buried by the next run, not delivered', async (t) => {
  const service = await startService(t, 503);
  const spool = spoolOf(t);
  const kept = settings(service, spool, { LEDGER_DIR: temporaryDirectory(t), IMENTIV_SPOOL_MAX_AGE_HOURS: '1' });
  const first = await startDaemon(t, kept);
  await play(first);
  await first.logged(MEETING, { event: 'spooled' }, 3);
  await first.stop();
  const names = files(spool);
  for (const name of names) fs.utimesSync(`${spool}/${name}`, new Date(), new Date(Date.now() - 2 * 3600 * 1000));
  service.answer = 200;
  const requests = service.requests;
  const second = await startDaemon(t, kept);
  await eventually(() => files(spool, 'dead').length === 3, 'they are dead letters');
  assert.deepEqual(files(spool, 'dead'), names);
  assert.equal(service.requests, requests, 'nobody was asked again');
  for (const name of names) assert.match(fs.readFileSync(`${spool}/dead/${name}.answer`, 'utf8'), /maximum age/);
  const coverage = await eventually(async () => {
    const now = await askJson(second, `/api/tracks/${TRACK}/coverage?meetingId=${MEETING}`);
    return now.analysis.every(({ state }) => state === 'dead-lettered') && now;
  }, 'the ledger of the ended track tells');
  assert.match(coverage.analysis[0].reason, /maximum age/);
});
