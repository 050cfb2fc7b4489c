// A disk of the spool, or of the recordings, that hangs, as a server of files does that is gone: what is asked of it never comes back.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { askJson } from '../e2e/support/ask.mjs';
import { eventually } from '../e2e/support/eventually.mjs';
import { built } from '../e2e/support/program.mjs';
import { connect, egressPath, send, STEREO_48K } from '../e2e/support/track.mjs';
import { noise } from '../e2e/support/wav.mjs';
import { Endpoint } from './support/endpoint.mjs';
import { fates, Meeting, SCALE, TRACKS } from './support/meeting.mjs';

const SECONDS = 4;
const FRAMES = SECONDS * 48000;

function stuckAt(meeting, directory) {
  const flag = path.join(meeting.directory, 'stuck');
  return { flag, settings: { STUCK_DISK_FLAG: flag, STUCK_DISK_DIRECTORY: directory,
    LD_PRELOAD: [process.env.LIVE_MEETING_PRELOAD, built.stuckDisk].filter(Boolean).join(' ') } };
}

/** A meeting whose blocks nobody takes, and whose spool hangs from the start of the daemon on. */
async function speakToAStuckSpool(t, seed, settings) {
  const meeting = new Meeting(t, { seed });
  const { flag, settings: disk } = stuckAt(meeting, meeting.places.IMENTIV_SPOOL_DIR);
  const endpoint = await Endpoint.start(t, 'refusing');
  const daemon = await meeting.start(endpoint, { ...disk, ...settings });
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
  await daemon.logged(meeting.id, { event: 'part-closed' }, TRACKS);
  daemon.program.kill('SIGTERM');
  const { code } = await daemon.program.end();
  assert.equal(code, 3, daemon.program.output());
  assert.match(daemon.program.stderr, /error service: tracks are cut to end in time reason=deadline/);
  for (const [file, count] of await meeting.assertRecordings(daemon)) assert.equal(count, FRAMES, file);
  assert.deepEqual(meeting.spooled(), [], 'nothing is promised that is not on the disk');
  assert.deepEqual(fates(await meeting.assertProven()), { lost: meeting.blocks(daemon) }, 'all told to be in the recordings alone');
});

test('a disk of recordings that hangs for good holds neither new sockets, nor what is asked, nor the end of the daemon', async (t) => {
  const meeting = new Meeting(t, { seed: 502 });
  const { flag, settings } = stuckAt(meeting, meeting.places.EGRESS_AUDIO_OUTPUT_DIR);
  const daemon = await meeting.start(await Endpoint.start(t, 'well'), { ...settings, SHUTDOWN_TIMEOUT_MS: '4000' });
  fs.writeFileSync(flag, '');
  meeting.play(daemon, { seconds: 60 });
  const tracks = () => askJson(daemon, '/api/tracks').then((all) => all.tracks.length);
  await eventually(async () => await tracks() === TRACKS, 'everybody was let in');
  const late = await connect(daemon, egressPath({ roomName: 'late', ...STEREO_48K }));
  await send(late, noise(19200));
  assert.equal(await tracks(), TRACKS + 1);
  daemon.program.kill('SIGTERM');
  const { code } = await daemon.program.end();
  assert.equal(code, 3, daemon.program.output());
  assert.match(daemon.program.stderr, /error service: tracks are cut to end in time reason=deadline/);
  late.terminate();
});
