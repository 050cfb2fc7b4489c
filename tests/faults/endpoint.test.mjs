// An endpoint that is down, slow, flapping, hanging or talks garbage while twenty people speak; then it is well again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../e2e/support/eventually.mjs';
import { Endpoint } from './support/endpoint.mjs';
import { fates, Meeting, SCALE, TRACKS } from './support/meeting.mjs';

const SECONDS = 5;
const FRAMES = SECONDS * 48000;

const ILLNESSES = {
  down: { begin: (endpoint) => endpoint.close(), recover: (endpoint) => endpoint.listen() },
  refusing: {},
  slow: {},
  flapping: {},
  hanging: { settings: { AUDIO_PIPELINE_TIMEOUT_MS: '500' } },
  garbage: {},
};

for (const [name, { begin, recover, settings = {} }] of Object.entries(ILLNESSES)) {
  test(`an endpoint that is ${name} costs no sample and no block`, async (t) => {
    const meeting = new Meeting(t, { seed: 100 + name.length });
    const endpoint = await Endpoint.start(t, name, 3);
    begin?.(endpoint);
    const daemon = await meeting.start(endpoint, settings);
    const sim = meeting.play(daemon, { seconds: SECONDS, pace: SCALE < 1 ? ['--fast'] : [] });
    const { code } = await sim.end();
    assert.equal(code, 0, sim.output());
    const ends = await daemon.logged(meeting.id, { event: 'ended' }, TRACKS);
    for (const end of ends) assert.equal(end.outcome, 'ok', end.message);
    for (const [file, count] of await meeting.assertRecordings(daemon)) assert.equal(count, FRAMES, file);

    await recover?.(endpoint);
    endpoint.mode = 'well';
    await meeting.delivered();
    await daemon.stop();
    const tracks = await meeting.assertProven();
    assert.equal(tracks.length, TRACKS);
    const { acknowledged = 0, 'delivered-from-spool': late = 0, ...others } = fates(tracks);
    assert.deepEqual({ all: acknowledged + late, others }, { all: meeting.blocks(daemon), others: {} });
    assert.equal(meeting.assertTaken(daemon, endpoint), meeting.blocks(daemon));
  });
}

test('an endpoint that ends a meeting in the middle of an answer is told of the block again, under its key', async (t) => {
  const meeting = new Meeting(t, { seed: 200, tracks: 1 });
  const endpoint = await Endpoint.start(t, 'hanging');
  const daemon = await meeting.start(endpoint);
  const sim = meeting.play(daemon, { seconds: 1 });
  await eventually(() => endpoint.requests > 0, 'the first block is under way');
  endpoint.close();
  await endpoint.listen();
  endpoint.mode = 'well';
  await sim.end();
  await daemon.logged(meeting.id, { event: 'ended' });
  await meeting.delivered();
  await daemon.stop();
  assert.equal(meeting.assertTaken(daemon, endpoint), meeting.blocks(daemon));
  await meeting.assertProven();
});
