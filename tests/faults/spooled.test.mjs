// A daemon that ends, well or badly, while it delivers what earlier ones left in the spool, or whose disk has lost some of that.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { eventually } from '../e2e/support/eventually.mjs';
import { built } from '../e2e/support/program.mjs';
import { Endpoint } from './support/endpoint.mjs';
import { fates, Meeting } from './support/meeting.mjs';
import { random } from './support/random.mjs';

const ENDS = 6;

/** Everything a meeting said is in the spool, and its daemon has ended. */
async function allSpooled(t, seed) {
  const meeting = new Meeting(t, { seed });
  const endpoint = await Endpoint.start(t, 'refusing');
  const daemon = await meeting.start(endpoint);
  assert.equal((await meeting.play(daemon, { seconds: 6, pace: ['--fast'] }).end()).code, 0);
  await daemon.logged(meeting.id, { event: 'ended' }, meeting.tracks);
  await daemon.stop();
  assert.equal(meeting.spooled().length, meeting.blocks(daemon));
  endpoint.mode = 'well';
  return { meeting, endpoint, draw: random(seed) };
}

for (const [name, signal] of [['is killed', 'SIGKILL'], ['is asked to end', 'SIGTERM']]) {
  test(`a daemon that ${name} while the spool is delivered leaves no block whose fate is open`, async (t) => {
    const { meeting, endpoint, draw } = await allSpooled(t, signal === 'SIGKILL' ? 600 : 601);
    let daemon;
    for (let end = 0; end < ENDS && meeting.spooled().length > 0; ++end) {
      const enough = endpoint.taken.length + 1 + draw(8);
      daemon = await meeting.start(endpoint);
      await eventually(() => endpoint.taken.length >= enough || meeting.spooled().length === 0, 'some are delivered');
      daemon.program.kill(signal);
      const { code } = await daemon.program.end();
      if (signal === 'SIGTERM') assert.equal(code, 0, daemon.program.output());
    }
    daemon = await meeting.start(endpoint);
    await meeting.delivered();
    await daemon.stop();
    assert.deepEqual(fates(await meeting.assertProven()), { 'delivered-from-spool': meeting.blocks(daemon) });
    assert.equal(meeting.assertTaken(daemon, endpoint), meeting.blocks(daemon));
  });
}

test('a block that the disk cannot read any more is put aside, and those behind it are delivered', async (t) => {
  const { meeting, endpoint } = await allSpooled(t, 602);
  const lost = meeting.spooled().sort()[0];
  const daemon = await meeting.start(endpoint, { LOST_SECTOR_FILE: path.join(meeting.places.IMENTIV_SPOOL_DIR, lost),
    LD_PRELOAD: [process.env.LIVE_MEETING_PRELOAD, built.lostSector].filter(Boolean).join(' ') });
  await meeting.delivered();
  await eventually(() => daemon.program.stderr.includes('the disk cannot read a block any more'), 'it is told');
  await daemon.stop();
  assert.deepEqual(fs.readdirSync(path.join(meeting.places.IMENTIV_SPOOL_DIR, 'bad')), [lost]);
  assert.equal(meeting.assertTaken(daemon, endpoint), meeting.blocks(daemon) - 1);
  const again = await meeting.start(endpoint);
  fs.renameSync(path.join(meeting.places.IMENTIV_SPOOL_DIR, 'bad', lost), path.join(meeting.places.IMENTIV_SPOOL_DIR, 'retry', lost));
  await eventually(() => endpoint.taken.length === meeting.blocks(again), 'what somebody made readable again and put back is delivered');
  await meeting.delivered(); // taken is before answered
  await again.stop();
  assert.deepEqual(fates(await meeting.assertProven()), { 'delivered-from-spool': meeting.blocks(again) });
});
