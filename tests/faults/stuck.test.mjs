// A disk of the spool that hangs, as a server of files does that is gone: what is asked of it never comes back.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { built } from '../e2e/support/program.mjs';
import { Endpoint } from './support/endpoint.mjs';
import { fates, Meeting, SCALE, TRACKS } from './support/meeting.mjs';

const SECONDS = 4;
const FRAMES = SECONDS * 48000;

/** A meeting whose blocks nobody takes, and whose spool hangs from the start of the daemon on. */
async function speakToAStuckSpool(t, seed, settings) {
  const meeting = new Meeting(t, { seed });
  const flag = path.join(meeting.directory, 'stuck');
  const endpoint = await Endpoint.start(t, 'refusing');
  const daemon = await meeting.start(endpoint, { STUCK_DISK_FLAG: flag, STUCK_DISK_DIRECTORY: meeting.places.IMENTIV_SPOOL_DIR,
    LD_PRELOAD: [process.env.LIVE_MEETING_PRELOAD, built.stuckDisk].filter(Boolean).join(' '), ...settings });
  fs.writeFileSync(flag, '');
  const sim = meeting.play(daemon, { seconds: SECONDS, pace: SCALE < 1 ? ['--fast'] : [] });
  return { meeting, endpoint, daemon, sim, heal: () => fs.rmSync(flag) };
}

test('a spool that hangs for a while costs no sample and no block', async (t) => {
  const { meeting, endpoint, daemon, sim, heal } = await speakToAStuckSpool(t, 500, { IMENTIV_DRAIN_TIMEOUT_MS: '60000' });
  assert.equal((await sim.end()).code, 0, sim.output());
  await daemon.logged(meeting.id, { event: 'part-closed' }, TRACKS);
  for (const [file, count] of await meeting.assertRecordings(daemon)) assert.equal(count, FRAMES, file);
  assert.deepEqual(meeting.spooled(), [], 'nothing is promised that is not on the disk');
  heal();
  endpoint.mode = 'well';
  await daemon.logged(meeting.id, { event: 'ended' }, TRACKS);
  await meeting.delivered();
  await daemon.stop();
  const { acknowledged = 0, 'delivered-from-spool': late = 0, ...others } = fates(await meeting.assertProven());
  assert.deepEqual({ all: acknowledged + late, others }, { all: meeting.blocks(daemon), others: {} });
  assert.equal(meeting.assertTaken(daemon, endpoint), meeting.blocks(daemon));
});

test('a spool that hangs for good holds neither the recordings nor the end of the daemon', async (t) => {
  const { meeting, daemon, sim } = await speakToAStuckSpool(t, 501, { SHUTDOWN_TIMEOUT_MS: '4000' });
  assert.equal((await sim.end()).code, 0, sim.output());
  daemon.program.kill('SIGTERM');
  const { code } = await daemon.program.end();
  assert.equal(code, 3, daemon.program.output());
  assert.match(daemon.program.output(), /error service: tracks are cut to end in time reason=deadline/);
  for (const [file, count] of await meeting.assertRecordings(daemon)) assert.equal(count, FRAMES, file);
  assert.deepEqual(meeting.spooled(), [], 'nothing is promised that is not on the disk');
  assert.deepEqual(fates(await meeting.assertProven()), { lost: meeting.blocks(daemon) }, 'all told to be in the recordings alone');
});
