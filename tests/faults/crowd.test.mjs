// Thousands who say nothing and hundreds who mean ill, beside a meeting that must not notice.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import { test } from 'node:test';
import { eventually, within } from '../e2e/support/eventually.mjs';
import { openOf } from '../e2e/support/proc.mjs';
import { frame, OP, upgradeRequest } from '../e2e/support/rawpeer.mjs';
import { egressPath, STEREO_48K } from '../e2e/support/track.mjs';
import { Endpoint } from './support/endpoint.mjs';
import { fates, Meeting, SCALE } from './support/meeting.mjs';
import { random } from './support/random.mjs';

const IDLE = 5000 * SCALE;
const HOSTILE = 500 * SCALE;
const SPEAKERS = 100 * SCALE;
const SECONDS = 5;
const MAY_GROW_KIB = 256 * 1024;

/** A connection that the daemon may refuse, cut or keep: {socket, over}. */
function peer(daemon, bytes = '') {
  const one = { socket: net.connect(daemon.port, '127.0.0.1'), over: false };
  one.socket.on('error', () => {});
  one.socket.on('close', () => { one.over = true; });
  one.socket.resume();
  if (bytes) one.socket.write(bytes);
  return one;
}

const upgrade = (number) => upgradeRequest(egressPath({ roomName: 'bad', participant: 'mallory', trackId: `TR_bad${number}`,
  meetingId: 'RM_bad', ...STEREO_48K }));

/** What a hostile peer sends first, and what it goes on sending. */
const ATTACKS = [
  () => ['GET / HT'],
  () => [`GET /${'a'.repeat(60_000)} HTTP/1.1\r\nTransfer-Encoding: x\r\n\r\n`],
  () => ['GET / HTTP/1.1\r\nHost: x\r\n', 'X-More: y\r\n'],
  () => ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  () => ['POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n', Buffer.alloc(8192)],
  (n) => [upgrade(n), Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * 31 + n) & 0xff))],
  (n) => [upgrade(n), frame(OP.binary, Buffer.alloc(4), { length: 0x7fffffff })],
  (n) => [upgrade(n), frame(OP.ping, Buffer.alloc(100)), frame(OP.ping, Buffer.alloc(100))],
  (n) => [upgrade(n), frame(OP.text, Buffer.from('[[[['.repeat(500)))],
  (n) => [upgrade(n), frame(OP.binary, Buffer.alloc(1920), { masked: false })],
];

async function attack(daemon, number, draw, going) {
  const one = peer(daemon);
  const [first, ...more] = ATTACKS[number % ATTACKS.length](number);
  one.socket.write(first);
  // What it goes on with is sent as long as the daemon takes it.
  while (going() && !one.over) {
    for (const piece of more) if (one.socket.writableLength < 65536) one.socket.write(piece);
    await new Promise((resolve) => { setImmediate(resolve); });
    if (draw(1000) === 0) break;
    if (more.length === 0) await eventually(() => one.over || !going(), 'the attack is over');
  }
  one.socket.resetAndDestroy();
}

const residentKib = (daemon) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${daemon.program.process.pid}/status`, 'utf8'))[1]);

test(`${IDLE} idle and ${HOSTILE} hostile connections do not touch ${SPEAKERS} tracks`, async (t) => {
  const meeting = new Meeting(t, { seed: 300, tracks: SPEAKERS });
  const endpoint = await Endpoint.start(t, 'well');
  const daemon = await meeting.start(endpoint, { HTTP_MAX_SOCKETS_PER_SECOND: '100000', HTTP_MAX_CONNECTIONS: '8000',
    HTTP_MAX_CONNECTIONS_PER_ADDRESS: '8000', HTTP_HEADER_TIMEOUT_MS: '600000', LOG_LEVEL: 'error' });
  const before = openOf(daemon).length;
  const idle = [];
  for (let i = 0; i < IDLE; i += 1) {
    idle.push(peer(daemon));
    if (i % 100 === 99) await eventually(() => openOf(daemon).length >= before + idle.length - 64, `${i} are connected`);
  }
  await eventually(() => openOf(daemon).length >= before + IDLE, 'the daemon holds all that are idle');
  const crowded = residentKib(daemon);

  const sim = meeting.play(daemon, { seconds: SECONDS });
  const draw = random(9);
  const attacks = Array.from({ length: HOSTILE }, (_, n) => attack(daemon, n, draw, () => !sim.result));
  const { code } = await sim.end();
  assert.equal(code, 0, sim.output());
  await within(Promise.all(attacks), 'the attacks end');
  assert.ok(residentKib(daemon) - crowded < MAY_GROW_KIB, `${residentKib(daemon) - crowded} KiB more`);
  await daemon.logged(meeting.id, { event: 'ended' }, SPEAKERS);
  assert.equal(idle.filter((one) => one.over).length, 0, 'who was idle and within the limits was left alone');
  for (const one of idle) one.socket.destroy();
  await eventually(() => openOf(daemon).length < before + 200, 'the connections are given back');
  await meeting.delivered();
  await daemon.stop();

  for (const [file, count] of await meeting.assertRecordings(daemon)) assert.equal(count, SECONDS * 48000, file);
  const tracks = await meeting.assertProven();
  assert.equal(tracks.length, SPEAKERS);
  assert.equal(meeting.assertTaken(daemon, endpoint), meeting.blocks(daemon));
  assert.deepEqual(Object.keys(fates(tracks)).filter((fate) => !['acknowledged', 'delivered-from-spool'].includes(fate)), []);
});

test('more idle connections than there is room for are refused, and those who say nothing are sent away', async (t) => {
  const meeting = new Meeting(t, { seed: 301, tracks: 10 });
  const endpoint = await Endpoint.start(t, 'well');
  const daemon = await meeting.start(endpoint, { HTTP_MAX_CONNECTIONS: '300', HTTP_MAX_SOCKETS_PER_SECOND: '100000',
    HTTP_HEADER_TIMEOUT_MS: '3000' });
  const before = openOf(daemon).length;
  const sim = meeting.play(daemon, { seconds: SECONDS });
  await daemon.logged(meeting.id, { event: 'started' }, 10);
  const idle = Array.from({ length: 2000 }, () => peer(daemon));
  let most = 0;
  await eventually(() => {
    most = Math.max(most, openOf(daemon).length);
    return idle.every((one) => one.over);
  }, 'the idle are sent away');
  assert.ok(most < before + 300 + 200, `${most} descriptors were open`);
  const { code } = await sim.end();
  assert.equal(code, 0, sim.output());
  await daemon.logged(meeting.id, { event: 'ended' }, 10);
  await daemon.stop();
  for (const [file, count] of await meeting.assertRecordings(daemon)) assert.equal(count, SECONDS * 48000, file);
  await meeting.assertProven();
});
