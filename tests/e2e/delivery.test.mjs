// An analysis service that fails: what is tried again, what is given up, what is said, and that the recording goes on.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import { test } from 'node:test';
import { startDaemon } from './support/daemon.mjs';
import { assertLogLines } from './support/schema.mjs';
import { startStub } from './support/stub.mjs';
import { close, connect, egressPath, send, STEREO_48K } from './support/track.mjs';
import { assertSameAudio, noise } from './support/wav.mjs';

const MEETING = 'RM_delivery';
const TRACK = 'TR_1';
const AUDIO = noise(192000 * 2 + 96000, 11); // two blocks of a second and one of half a second
const KEY = 'sk-recognisable-0123456789';

/** Plays AUDIO against a stub and returns daemon, stub and the end of the track; the recording is complete. */
async function deliver(t, stubArguments, settings = {}) {
  const stub = await startStub(t, stubArguments);
  const daemon = await startDaemon(t, { IMENTIV_ENDPOINT_URL: stub.url, AUDIO_PIPELINE_GROUP_SECONDS: '1', ...settings });
  const socket = await connect(daemon,
    egressPath({ roomName: 'r', participant: 'p', trackId: TRACK, meetingId: MEETING, ...STEREO_48K }));
  await send(socket, AUDIO);
  await close(socket);
  const { line: end, wav } = await daemon.ended(MEETING, TRACK);
  assertSameAudio(wav.data, AUDIO, 'the recording');
  assertLogLines(daemon.log(MEETING));
  return { daemon, stub, end, log: (event) => daemon.log(MEETING, { event }) };
}

/** Requests by block, in the order in which blocks were first tried: [{key, statuses, bodies}]. */
function attempts(stub) {
  const blocks = new Map();
  for (const { headers, status, body } of stub.requests()) {
    const key = headers['idempotency-key'];
    const block = blocks.get(key) ?? { key, sequence: headers['x-block-sequence'], statuses: [], bodies: [] };
    block.statuses.push(status);
    block.bodies.push(body);
    blocks.set(key, block);
  }
  return [...blocks.values()];
}

test('a block that fails twice is tried again under the same key, and order is kept', async (t) => {
  const { stub, end, log } = await deliver(t, ['--fail', '2', '--status', '503']);
  assert.equal(end.outcome, 'ok', end.message);
  const blocks = attempts(stub);
  assert.deepEqual(blocks.map((block) => block.statuses), Array(3).fill([503, 503, 200]));
  assert.deepEqual(blocks.map((block) => block.sequence), ['0', '1', '2']);
  for (const { bodies } of blocks) for (const body of bodies) assertSameAudio(body, bodies[0], 'every attempt is the same block');
  const order = stub.requests().map((request) => request.headers['x-block-sequence']);
  assert.deepEqual(order, [...order].sort(), 'no block overtakes another');
  assertSameAudio(stub.joined(TRACK), AUDIO, 'the blocks');
  assert.deepEqual(log('delivered').map((line) => [line.sequence, line.attempts, line.status]), [[0, 3, 200], [1, 3, 200], [2, 3, 200]]);
  assert.deepEqual(log('delivered').map((line) => line.key), blocks.map((block) => block.key));
  assert.equal(log('retrying').length, 6);
});

test('a block out of attempts is given up with its identity in the log, and the next ones are tried', async (t) => {
  const { daemon, stub, end, log } = await deliver(t, ['--fail-always']);
  assert.equal(end.outcome, 'destination-fault');
  assert.deepEqual(attempts(stub).map((block) => block.statuses), Array(3).fill([500, 500, 500]));
  assert.deepEqual(log('failed').map(({ sequence, sample, samples, attempts: tried, status }) => ({ sequence, sample, samples, tried, status })), [
    { sequence: 0, sample: 0, samples: 48000, tried: 3, status: 500 },
    { sequence: 1, sample: 48000, samples: 48000, tried: 3, status: 500 },
    { sequence: 2, sample: 96000, samples: 24000, tried: 3, status: 500 },
  ]);
  const keys = attempts(stub).map((block) => block.key);
  assert.deepEqual(log('failed').map((line) => line.key), keys);
  await daemon.stop();
  const said = daemon.stderr.split('\n').filter((line) => / error +egress: block not delivered /.test(line));
  assert.equal(said.length, 3, daemon.stderr);
  for (const [i, line] of said.entries()) {
    for (const identity of [`trackId=${TRACK}`, `meetingId=${MEETING}`, `block="${i} sample ${48000 * i} key ${keys[i]}: 3 attempts, `]) {
      assert.ok(line.includes(identity), `${identity} is in: ${line}`);
    }
  }
});

test('IMENTIV_MAX_ATTEMPTS is the number of attempts', async (t) => {
  const { stub, log } = await deliver(t, ['--fail-always'], { IMENTIV_MAX_ATTEMPTS: '1' });
  assert.deepEqual(attempts(stub).map((block) => block.statuses), [[500], [500], [500]]);
  assert.deepEqual(log('failed').map((line) => line.attempts), [1, 1, 1]);
});

test('the blocks of a track travel over one connection', async (t) => {
  let connections = 0;
  let requests = 0;
  const endpoint = http.createServer((request, response) => {
    requests += 1;
    request.resume().on('end', () => response.setHeader('Content-Type', 'application/json').end('{}'));
  });
  endpoint.on('connection', () => { connections += 1; });
  endpoint.listen(0, '127.0.0.1');
  await once(endpoint, 'listening');
  t.after(() => { endpoint.closeAllConnections(); endpoint.close(); });
  const { end } = await deliver(t, [], { IMENTIV_ENDPOINT_URL: `http://127.0.0.1:${endpoint.address().port}/` });
  assert.equal(end.outcome, 'ok', end.message);
  assert.deepEqual({ requests, connections }, { requests: 3, connections: 1 });
});

test('429 with Retry-After is tried again no sooner than it says', async (t) => {
  const { stub, end, log } = await deliver(t, ['--fail', '1', '--status', '429', '--retry-after', '1']);
  assert.equal(end.outcome, 'ok', end.message);
  assert.deepEqual(attempts(stub).map((block) => block.statuses), Array(3).fill([429, 200]));
  assert.ok(log('retrying').every((line) => line.status === 429 && line.delay >= 1), JSON.stringify(log('retrying')));
  assertSameAudio(stub.joined(TRACK), AUDIO, 'the blocks');
});

test('a request that is refused for good is not tried again', async (t) => {
  const { stub, end, log } = await deliver(t, ['--fail-always', '--status', '400']);
  assert.equal(end.outcome, 'destination-fault');
  assert.deepEqual(attempts(stub).map((block) => block.statuses), [[400], [400], [400]]);
  assert.deepEqual(log('failed').map((line) => line.status), [400, 400, 400]);
});

/** Everything the daemon said or wrote, but for the audio. */
function everythingSaid(daemon) {
  const logs = daemon.files().filter((file) => !file.endsWith('.wav')).map((file) => fs.readFileSync(file, 'utf8'));
  return [daemon.program.stdout, daemon.stderr, ...logs, ...daemon.files()].join('\n');
}

const SECRETS = { IMENTIV_API_KEY: KEY, LOG_LEVEL: 'debug' };

test('the key is sent, and is in no log and no file', async (t) => {
  const { daemon, stub } = await deliver(t, ['--require-key', KEY], SECRETS);
  assertSameAudio(stub.joined(TRACK), AUDIO, 'the blocks');
  await daemon.stop();
  assert.ok(!everythingSaid(daemon).includes(KEY));
});

test('a wrong key is a failure that is told without the key', async (t) => {
  const { daemon, stub, end, log } = await deliver(t, ['--require-key', 'another'], SECRETS);
  assert.equal(end.outcome, 'destination-fault');
  assert.deepEqual(stub.requests().map((request) => request.status), [401], 'a key that was refused is not sent again');
  assert.equal(log('delivered').length, 0);
  assert.deepEqual(log('failed').map((line) => [line.sequence, line.status]), [[0, 401], [1, 0], [2, 0]], daemon.logText(MEETING));
  await daemon.stop();
  const said = daemon.stderr.split('\n').filter((line) => / error +egress: .*the analysis service refused the API key \(HTTP 401\)/.test(line));
  assert.ok(said.some((line) => line.includes('circuit is open')), daemon.stderr);
  assert.equal(said.filter((line) => line.includes('block not delivered')).length, 3, daemon.stderr);
  assert.ok(!everythingSaid(daemon).includes(KEY));
});

test('user and password of the endpoint are in no log', async (t) => {
  const stub = await startStub(t, ['--fail-always']);
  const url = stub.url.replace('http://', 'http://user:recognisable-password@');
  const { daemon } = await deliver(t, [], { IMENTIV_ENDPOINT_URL: `${url}?token=recognisable-token`, LOG_LEVEL: 'debug' });
  await daemon.stop();
  assert.ok(stub.requests().length > 0, 'the endpoint was tried');
  assert.doesNotMatch(everythingSaid(daemon), /recognisable-(password|token)/);
});

test('an endpoint that hangs is given up after the timeout, block by block', async (t) => {
  const { end, log, stub } = await deliver(t, ['--hang'], { AUDIO_PIPELINE_TIMEOUT_MS: '200' });
  assert.equal(end.outcome, 'destination-fault');
  assert.deepEqual(log('failed').map((line) => [line.sequence, line.attempts, line.status]), [[0, 3, 0], [1, 3, 0], [2, 3, 0]]);
  assert.deepEqual(attempts(stub).map((block) => block.statuses.length), [3, 3, 3]);
});

test('an endpoint that hangs up without an answer is tried again', async (t) => {
  const { end, log } = await deliver(t, ['--drop']);
  assert.equal(end.outcome, 'destination-fault');
  assert.deepEqual(log('failed').map((line) => [line.sequence, line.attempts, line.status]), [[0, 3, 0], [1, 3, 0], [2, 3, 0]]);
});

test('a port where nobody listens is told as such', async (t) => {
  const { end, log } = await deliver(t, [], { IMENTIV_ENDPOINT_URL: 'http://127.0.0.1:1/ingest' });
  assert.equal(end.outcome, 'destination-fault');
  assert.deepEqual(log('failed').map((line) => line.sequence), [0, 1, 2]);
  assert.match(log('failed')[0].reason, /refused|connect/i);
});

test('an answer that is not JSON counts as delivered', async (t) => {
  const { end, log } = await deliver(t, ['--garbage']);
  assert.equal(end.outcome, 'ok', end.message);
  assert.deepEqual(log('delivered').map((line) => line.status), [200, 200, 200]);
  assert.ok(log('delivered').every((line) => !('response' in line)));
});

test('the answer of the service is kept in the log', async (t) => {
  const { log } = await deliver(t, []);
  assert.deepEqual(log('delivered').map((line) => JSON.parse(line.response).emotions.neutral), [0.8, 0.8, 0.8]);
});
