// Out of file descriptors, and back: what runs is not disturbed, and what comes later works again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startDaemon } from './support/daemon.mjs';
import { eventually } from './support/eventually.mjs';
import { openOf } from './support/proc.mjs';
import { RawPeer, upgradeRequest } from './support/rawpeer.mjs';
import { startStub } from './support/stub.mjs';
import { close, connect, egressPath, healthyTrack, send, STEREO_48K } from './support/track.mjs';
import { assertSameAudio, noise } from './support/wav.mjs';

const LIMIT = 64;
const AUDIO = noise(192000, 3);

async function startLimited(t) {
  const stub = await startStub(t);
  const daemon = await startDaemon(t, { IMENTIV_ENDPOINT_URL: stub.url },
    { wrapper: ['prlimit', `--nofile=${LIMIT}:${LIMIT}`] });
  const healthy = await healthyTrack(daemon, stub);
  // Only now has the daemon opened what a track needs: recording, log, ingest and the connection to the endpoint.
  await daemon.logged('healthy', { event: 'delivered', trackId: 'TR_healthy' });
  return { stub, daemon, healthy, before: openOf(daemon) };
}

/** Waits until the daemon has seen that everybody is gone; a log and a connection to the endpoint may stay open. */
async function givenBack(daemon, before) {
  await eventually(() => openOf(daemon).length <= before.length + 4,
    () => `descriptors are given back; before:\n${before.join('\n')}\nnow:\n${openOf(daemon).join('\n')}\n${daemon.program.output()}`);
}

/** A new track is recorded as if nothing had happened. */
async function assertRecovered(daemon, stub) {
  const path = egressPath({ roomName: 'r', trackId: 'TR_after', meetingId: 'after', ...STEREO_48K });
  const socket = await connect(daemon, path);
  await send(socket, AUDIO);
  await close(socket);
  const { line, wav } = await daemon.ended('after', 'TR_after');
  assert.equal(line.outcome, 'ok', line.message);
  assertSameAudio(wav.data, AUDIO, 'the recording of the track that came later');
  assertSameAudio(stub.joined('TR_after'), AUDIO, 'the blocks of the track that came later');
}

test('idle connections that use up the descriptors are answered with 503, and disturb nothing that runs', async (t) => {
  const { stub, daemon, healthy, before } = await startLimited(t);
  const peers = [];
  for (let i = 0; i < 2 * LIMIT; i += 1) peers.push(await RawPeer.connect(daemon));
  await eventually(() => peers.some((peer) => peer.received.toString().startsWith('HTTP/1.1 503')), 'a connection is refused');
  assert.match(daemon.stderr, /new connections have to wait/);
  assert.doesNotMatch(daemon.stderr, /Too many open files/);
  await healthy.finish();
  for (const peer of peers) peer.socket.destroy();
  await givenBack(daemon, before);
  await assertRecovered(daemon, stub);
});

test('tracks that use up the descriptors are refused or kept whole, and room is there again when they end', async (t) => {
  const { stub, daemon, healthy, before } = await startLimited(t);
  const peers = [];
  for (let i = 0; i < LIMIT; i += 1) {
    const peer = await RawPeer.connect(daemon);
    peers.push(peer);
    peer.write(upgradeRequest(egressPath({ roomName: 'r', trackId: `TR_${i}`, meetingId: 'crowd', ...STEREO_48K }))).catch(() => {});
  }
  const answered = (status) => peers.filter((peer) => peer.received.toString('latin1').startsWith(`HTTP/1.1 ${status}`));
  await eventually(() => answered(101).length + answered(503).length === LIMIT, 'every track is let in or refused');
  for (const { received } of answered(503)) assert.match(received.toString(), /\r\nRetry-After: \d+\r\n/i);
  assert.notEqual(answered(503).length, 0, 'more tracks were wanted than there are descriptors');
  await eventually(() => daemon.log('crowd', { event: 'started' }).length === answered(101).length, 'who was let in is recorded');
  await healthy.finish();
  assert.deepEqual(answered(101).filter((peer) => peer.over), [], 'who was let in stays');
  assert.doesNotMatch(daemon.stderr, /track not started|Too many open files/);
  for (const peer of peers) peer.socket.destroy();
  await givenBack(daemon, before);
  await assertRecovered(daemon, stub);
  await eventually(() => daemon.log('crowd', { event: 'started' }).length === daemon.log('crowd', { event: 'ended' }).length,
    'every track that began has ended');
});

test('descriptors are given back: tracks that come and go leave none behind', async (t) => {
  const { stub, daemon, healthy, before } = await startLimited(t);
  for (let i = 0; i < 3 * LIMIT; i += 1) {
    const trackId = `TR_${i}`;
    const socket = await connect(daemon, egressPath({ roomName: 'r', trackId, meetingId: 'many', ...STEREO_48K }));
    await send(socket, AUDIO.subarray(0, 1920));
    await close(socket);
    await daemon.ended('many', trackId);
  }
  await givenBack(daemon, before);
  await healthy.finish();
  await assertRecovered(daemon, stub);
});
