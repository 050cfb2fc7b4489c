// SIGTERM and SIGINT: recordings are finished, last blocks delivered, and the process ends whatever the peers do.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { startDaemon } from './support/daemon.mjs';
import { eventually } from './support/eventually.mjs';
import { assertLogLines } from './support/schema.mjs';
import { startStub } from './support/stub.mjs';
import { closedByPeer, connect, egressPath, refused, send, STEREO_48K } from './support/track.mjs';
import { assertSameAudio, noise, readWav, recordedBytes } from './support/wav.mjs';

const MEETING = 'RM_shutdown';

function pathOf(trackId) {
  return egressPath({ roomName: 'r', participant: 'p', trackId, meetingId: MEETING, ...STEREO_48K });
}

/** Starts tracks of different lengths whose peers stay connected; everything they sent is on disk on return. */
async function runningTracks(daemon, count) {
  const tracks = await Promise.all(Array.from({ length: count }, async (_, i) => {
    const trackId = `TR_${i}`;
    const audio = noise(1920 * (37 + 211 * i), i + 1);
    const socket = await connect(daemon, pathOf(trackId));
    const closed = closedByPeer(socket);
    await send(socket, audio);
    const [{ file }] = await daemon.logged(MEETING, { event: 'started', trackId });
    await eventually(() => recordedBytes(file) === audio.length, `${trackId} is on disk`);
    return { trackId, audio, file, closed };
  }));
  return tracks;
}

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} finishes running recordings, delivers the last blocks and exits with 0`, async (t) => {
    const stub = await startStub(t);
    const daemon = await startDaemon(t, { IMENTIV_ENDPOINT_URL: stub.url });
    const tracks = await runningTracks(daemon, 3);
    await daemon.stop(signal);
    for (const { trackId, audio, file, closed } of tracks) {
      assertSameAudio(readWav(file).data, audio, file);
      assertSameAudio(stub.joined(trackId), audio, `the blocks of ${trackId}`);
      assert.equal((await closed).code, 1001, 'the peer is told that the service goes away');
      assert.equal(daemon.log(MEETING, { event: 'ended', trackId })[0].outcome, 'ok');
    }
    assertLogLines(daemon.log(MEETING));
  });
}

test('a daemon without tracks exits with 0 at once', async (t) => {
  const daemon = await startDaemon(t);
  await daemon.stop();
});

const PATIENT = { AUDIO_PIPELINE_TIMEOUT_MS: '600000', IMENTIV_DRAIN_TIMEOUT_MS: '600000', SHUTDOWN_TIMEOUT_MS: '600000' };

test('new tracks are refused with 503 while the last blocks are under way', async (t) => {
  const stub = await startStub(t, ['--hang']);
  const daemon = await startDaemon(t, { IMENTIV_ENDPOINT_URL: stub.url, ...PATIENT }, { cleanEnd: false });
  await runningTracks(daemon, 1);
  daemon.program.kill('SIGTERM');
  await eventually(() => daemon.stderr.includes('shutting down'), 'the shutdown begins');
  const refusal = await refused(daemon, pathOf('TR_late'));
  assert.equal(refusal.status, 503);
  assert.equal(JSON.parse(refusal.body).error.code, 'shutting_down');
});

test('an endpoint that hangs cannot keep the process: it ends in time, with finished recordings', async (t) => {
  const stub = await startStub(t, ['--hang']);
  const daemon = await startDaemon(t, { IMENTIV_ENDPOINT_URL: stub.url, ...PATIENT, SHUTDOWN_TIMEOUT_MS: '3000' },
    { cleanEnd: false });
  const tracks = await runningTracks(daemon, 3);
  daemon.program.kill('SIGTERM');
  const { code, signal } = await daemon.program.end();
  assert.equal(signal, null, daemon.program.output());
  assert.equal(code, 3, daemon.program.output());
  for (const { audio, file, trackId } of tracks) {
    assertSameAudio(readWav(file).data, audio, file);
    const said = ['failed', 'dropped'].flatMap((event) => daemon.log(MEETING, { event, trackId }));
    assert.ok(said.length > 0, `the log says which blocks of ${trackId} were not delivered:\n${daemon.logText(MEETING)}`);
  }
});

test('a second signal hurries: exit code 3, and recordings are finished all the same', async (t) => {
  const stub = await startStub(t, ['--hang']);
  const daemon = await startDaemon(t, { IMENTIV_ENDPOINT_URL: stub.url, ...PATIENT }, { cleanEnd: false });
  const tracks = await runningTracks(daemon, 3);
  daemon.program.kill('SIGTERM');
  // The peers are told once their audio has gone down the pipeline; the blocks hang.
  await Promise.all(tracks.map((track) => track.closed));
  await eventually(() => daemon.stderr.includes('shutting down'), 'the shutdown begins');
  daemon.program.kill('SIGTERM');
  const { code } = await daemon.program.end();
  assert.equal(code, 3, daemon.program.output());
  for (const { audio, file } of tracks) assertSameAudio(readWav(file).data, audio, file);
});
