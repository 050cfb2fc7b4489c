// Egresses of tools/egress-sim that go wrong: their tracks end cleanly, nothing stays behind, nobody else notices.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { startDaemon } from './support/daemon.mjs';
import { eventually } from './support/eventually.mjs';
import { openOf, threadsOf } from './support/proc.mjs';
import { built, run } from './support/program.mjs';
import { startStub } from './support/stub.mjs';
import { healthyTrack } from './support/track.mjs';
import { assertSameAudio, readWav } from './support/wav.mjs';

const TRACKS = 20;

/** Plays TRACKS egresses with a fault in meeting `name`; returns their `ended` lines by track. */
async function play(daemon, name, options) {
  const { code, stdout, stderr } = await run(built.egressSim, ['--url', `${daemon.url.replace('http', 'ws')}/egress-audio`,
    '--tracks', `${TRACKS}`, '--room', 'r', '--meeting', name, '--noise', '--quiet', ...options]);
  assert.equal(code, 0, stdout + stderr);
  const lines = await daemon.logged(name, { event: 'ended' }, TRACKS);
  assert.equal(lines.length, TRACKS);
  for (const line of lines) assert.equal(line.outcome, 'ok', line.message);
  return new Map(lines.map((line) => [line.trackId, line]));
}

/** Runs `body` beside a track that must stay whole; afterwards the daemon has what it had before, at most a log more. */
function leavesNothing(name, body) {
  test(name, async (t) => {
    const stub = await startStub(t);
    const daemon = await startDaemon(t, { IMENTIV_ENDPOINT_URL: stub.url });
    const healthy = await healthyTrack(daemon, stub);
    await daemon.logged('healthy', { event: 'delivered', trackId: 'TR_healthy' });
    await body(daemon, stub, 'first'); // opens what is opened once: threads of pools, connections to the endpoint
    const [descriptors, threads] = [openOf(daemon), threadsOf(daemon)];
    for (const meeting of ['second', 'third']) await body(daemon, stub, meeting);
    await eventually(() => openOf(daemon).length <= descriptors.length + 4, // two logs, two connections
      () => `descriptors are given back; before:\n${descriptors.join('\n')}\nnow:\n${openOf(daemon).join('\n')}`);
    await eventually(() => threadsOf(daemon).length <= threads.length,
      () => `threads end; before: ${threads}; now: ${threadsOf(daemon)}`);
    await healthy.finish();
  });
}

leavesNothing('egresses that connect and never send leave no recording, no directory and no block', async (daemon, stub, meeting) => {
  const ended = await play(daemon, meeting, ['--never-send', '--duration', '0.5']);
  for (const line of ended.values()) {
    assert.equal(line.blocks, 0);
    assert.deepEqual(stub.blocks(line.trackId), []);
  }
  assert.equal(fs.existsSync(path.join(daemon.recordingsDirectory, meeting)), false, 'no directory without a recording');
});

leavesNothing('egresses that vanish leave finished recordings of all that came', async (daemon, stub, meeting) => {
  const sent = path.join(daemon.directory, `sent-${meeting}`);
  fs.mkdirSync(sent);
  const ended = await play(daemon, meeting, ['--vanish', '0.5', '--duration', '1', '--track', `TR_${meeting}`, '--dump', sent]);
  for (const [trackId, line] of ended) {
    const audio = fs.readFileSync(path.join(sent, `${trackId}.raw`));
    assert.ok(audio.length > 0);
    assertSameAudio(readWav(line.file).data, audio, `the recording of ${trackId}`);
    assertSameAudio(stub.joined(trackId), audio, `the blocks of ${trackId}`);
  }
});
