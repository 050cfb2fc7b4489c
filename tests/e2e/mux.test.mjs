// Somebody claps: what is seen and what is heard are at one place in the file that tools/mux makes.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { clap, clapIn, MOST_APART } from './support/clap.mjs';
import { startDaemon } from './support/daemon.mjs';
import { run, source } from './support/program.mjs';

const MEETING = 'RM_mux';

function mux(daemon, ...args) {
  return run(path.join(source, 'tools/mux'), ['--ledger', daemon.ledgerDirectory, '--recordings', daemon.recordingsDirectory, MEETING, ...args],
    { cwd: daemon.directory });
}

for (const [first, videoFirst] of [['sound', false], ['video', true]]) {
  test(`a clap is seen and heard at once, though ${first} began earlier`, async (t) => {
    const daemon = await startDaemon(t);
    await clap(t, daemon, { meetingId: MEETING, videoFirst });
    const { code, stdout, stderr } = await mux(daemon, 'ann');
    assert.equal(code, 0, stderr);
    const file = path.join(daemon.directory, stdout.trim());
    assert.equal(path.basename(file), 'RM_mux_ann.mkv');
    const { seen, heard } = await clapIn(file);
    assert.ok(heard > 0.8 && heard < 1.3, `${heard}`);
    assert.ok(Math.abs(seen - heard) <= MOST_APART, `seen at ${seen}, heard at ${heard}`);

    const size = fs.statSync(file).size;
    const again = await mux(daemon, 'ann');
    assert.deepEqual([again.code, fs.statSync(file).size], [2, size]);
    assert.match(again.stderr, /RM_mux_ann.mkv is there already/);
    assert.match((await mux(daemon, '--list')).stdout, /^ann\taudio\tTR_a\t\d+\.\d+ s$/m);
  });
}

test('who is not there is named, and so is a file that is gone', async (t) => {
  const daemon = await startDaemon(t);
  await clap(t, daemon, { meetingId: MEETING, videoFirst: true });
  const nobody = await mux(daemon, 'bob');
  assert.deepEqual([nobody.code, nobody.stderr], [2, "mux: 'bob' is not in the meeting; there is ann\n"]);
  fs.rmSync(daemon.videos('.mkv')[0]);
  const { code, stderr } = await mux(daemon, 'ann', 'sound.mkv');
  assert.equal(code, 0, stderr);
  assert.match(stderr, /TR_v: \S+TR_v.mkv is not there/);
});
