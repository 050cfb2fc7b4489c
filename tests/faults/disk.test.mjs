// A disk that is really full: a small tmpfs, mounted by withsmalldisk for this program alone. Where nobody may mount, the
// daemon is made to believe it (PRETENDED): it is full as long as there is the filler.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { eventually } from '../e2e/support/eventually.mjs';
import { framesOfAll } from '../e2e/support/players.mjs';
import { built } from '../e2e/support/program.mjs';
import { assertSameAudio, recordedAudio } from '../e2e/support/wav.mjs';
import { Endpoint } from './support/endpoint.mjs';
import { fates, Meeting, TRACKS } from './support/meeting.mjs';

const DISK = process.env.SMALL_DISK;
const PRETENDED = process.env.SMALL_DISK_PRETENDED === 'yes';
const FRAME = 4;

const belief = () => (PRETENDED ? { FULL_DISK_FLAG: path.join(DISK, 'filler'), FULL_DISK_DIRECTORY: DISK,
  LD_PRELOAD: [process.env.LIVE_MEETING_PRELOAD, built.fullDisk].filter(Boolean).join(' ') } : {});

/** Leaves `leave` bytes of the disk free; gives the file that takes the rest. */
function fill(t, leave) {
  const file = path.join(DISK, 'filler');
  const { bavail, bsize } = fs.statfsSync(DISK);
  fs.writeFileSync(file, Buffer.alloc(PRETENDED ? 0 : Math.max(0, bavail * bsize - leave)));
  t.after(() => { for (const name of fs.readdirSync(DISK)) fs.rmSync(path.join(DISK, name), { recursive: true }); });
  return file;
}

/** Every part of a track, with its place by the log, holds what was sent at that place. */
async function assertParts(meeting, daemon) {
  const parts = daemon.log(meeting.id, { event: 'part-closed' });
  const counts = parts.length > 0 ? await framesOfAll(parts.map((part) => part.file)) : [];
  for (const [index, { file, sample }] of parts.entries()) {
    const bytes = counts[index] * FRAME;
    const sent = meeting.sent(meeting.trackOf(file)).subarray(sample * FRAME, sample * FRAME + bytes);
    assertSameAudio(recordedAudio(file).subarray(0, bytes), sent, file);
  }
  return parts;
}

test('a disk that fills up under twenty tracks: recordings pause, blocks go out, and with room they go on', async (t) => {
  assert.ok(DISK, 'SMALL_DISK names a small disk: start this by withsmalldisk');
  const filler = fill(t, TRACKS * 200_000);
  const meeting = new Meeting(t, { seed: 400, recordings: path.join(DISK, 'recordings') });
  const endpoint = await Endpoint.start(t, 'well');
  const daemon = await meeting.start(endpoint, belief());
  const sim = meeting.play(daemon, { seconds: 12 });
  await daemon.logged(meeting.id, { event: 'recording-paused' }, TRACKS);
  fs.rmSync(filler);
  await daemon.logged(meeting.id, { event: 'recording-resumed' }, TRACKS);
  const { code } = await sim.end();
  assert.equal(code, 0, sim.output());
  await daemon.logged(meeting.id, { event: 'ended' }, TRACKS);
  await meeting.delivered();
  await daemon.stop();
  await assertParts(meeting, daemon);
  const tracks = await meeting.assertProven();
  assert.deepEqual(fates(tracks), { acknowledged: meeting.blocks(daemon) });
  assert.equal(meeting.assertTaken(daemon, endpoint), meeting.blocks(daemon));
});

test('a disk that stays full to the end: what is on it opens, and the ledger names the rest', async (t) => {
  fill(t, TRACKS * 150_000);
  const meeting = new Meeting(t, { seed: 401, recordings: path.join(DISK, 'recordings') });
  const endpoint = await Endpoint.start(t, 'well');
  const daemon = await meeting.start(endpoint, belief());
  const sim = meeting.play(daemon, { seconds: 3 });
  assert.equal((await sim.end()).code, 0, sim.output());
  await daemon.logged(meeting.id, { event: 'ended' }, TRACKS);
  await daemon.stop();
  const parts = await assertParts(meeting, daemon);
  if (!PRETENDED) assert.equal(new Set(parts.map(({ file }) => meeting.trackOf(file))).size, TRACKS, 'everybody has the beginning');
  const tracks = await meeting.assertProven();
  assert.deepEqual(tracks.map((track) => track.received), Array(TRACKS).fill(3 * 48000));
  for (const { name, skipped } of tracks) assert.ok(skipped.length > 0 && skipped.every(([, , why]) => /space/i.test(why)), `${name}: ${skipped}`);
  assert.deepEqual(fates(tracks), { acknowledged: meeting.blocks(daemon) });
  assert.equal(meeting.assertTaken(daemon, endpoint), meeting.blocks(daemon));
});

test('recordings, spool and ledger on one full disk: the daemon lives, what is on it opens, and later tracks are whole', async (t) => {
  const filler = fill(t, TRACKS * 100_000);
  const meeting = new Meeting(t, { seed: 402, recordings: path.join(DISK, 'recordings') });
  Object.assign(meeting.places, { IMENTIV_SPOOL_DIR: path.join(DISK, 'spool'), LEDGER_DIR: path.join(DISK, 'ledger') });
  const endpoint = await Endpoint.start(t, 'refusing');
  const daemon = await meeting.start(endpoint, belief());
  assert.equal((await meeting.play(daemon, { seconds: 3 }).end()).code, 0);
  await daemon.logged(meeting.id, { event: 'ended' }, TRACKS);
  const opened = await meeting.assertRecordings(daemon);
  if (!PRETENDED) assert.ok([...opened.values()].some((count) => count > 0), 'something was recorded before it was full');
  fs.rmSync(filler);
  endpoint.mode = 'well';
  await meeting.delivered();
  meeting.id = 'RM_later';
  assert.equal((await meeting.play(daemon, { seconds: 1 }).end()).code, 0);
  await daemon.logged(meeting.id, { event: 'ended' }, TRACKS);
  await eventually(() => daemon.ledgers(meeting.id).length === TRACKS, 'the later tracks have ledgers');
  await daemon.stop();
  assert.equal((await meeting.assertProven()).length, TRACKS);
});
