// kill -9 at random moments of a meeting of twenty tracks. FAULT_ROUNDS: how often; FAULT_SEED: of the first round.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { eventually } from '../e2e/support/eventually.mjs';
import { Endpoint } from './support/endpoint.mjs';
import { fates, Meeting, TRACKS } from './support/meeting.mjs';
import { random } from './support/random.mjs';

const ROUNDS = Number(process.env.FAULT_ROUNDS ?? 50);
const FIRST = Number(process.env.FAULT_SEED ?? 1);
const BYTES_PER_MS = 192;
const MOST_MISSING_MS = 100; // of what was received, on each track
// A rush is faster than any disk: within twice its queue a track drops nothing, while what all hold together sends blocks to the spool.
const RUSH = { IMENTIV_MAX_QUEUE_BYTES: String(256 << 20), IMENTIV_MAX_TOTAL_BYTES: String(64 << 20) };
const missing = []; // ms of audio that were sent in real time and are on no disk, a number per track

/** Audio that the daemon had in its hands when it was asked. */
async function receivedBytes(daemon) {
  const metrics = await (await fetch(`${daemon.url}/metrics`)).text();
  return Number(/^livemeeting_received_bytes_total (\S+)$/m.exec(metrics)[1]);
}

/** What one round does, drawn from its seed. */
function planOf(seed) {
  const draw = random(seed);
  const fast = draw(2) === 0;
  return { fast, pace: fast ? ['--fast'] : [], atLeast: draw(fast ? 40_000_000 : 6_000_000),
    mode: ['well', 'refusing', 'hanging', 'flapping'][draw(4)] };
}

/** Waits until `atLeast` bytes are on disk; gives the sizes that every file had before it grew for the last time. */
async function grown(meeting, daemon, atLeast) {
  let earlier = new Map();
  return eventually(() => {
    const now = meeting.sizes(daemon);
    const total = [...now.values()].reduce((sum, size) => sum + size, 0);
    const all = now.size === TRACKS && [...now].every(([file, size]) => size > (earlier.get(file) ?? Infinity));
    if (all && total >= atLeast) return earlier;
    if (!all && earlier.size === TRACKS) return false;
    earlier = now;
    return false;
  }, 'the recordings grow');
}

for (let seed = FIRST; seed < FIRST + ROUNDS; seed += 1) {
  const { fast, pace, atLeast, mode } = planOf(seed);
  test(`seed ${seed}: killed ${fast ? 'in a rush' : 'in real time'} at ${atLeast} bytes, the endpoint ${mode}`, async (t) => {
    const meeting = new Meeting(t, { seed });
    const endpoint = await Endpoint.start(t, mode, seed);
    const first = await meeting.start(endpoint, fast ? RUSH : {});
    const sim = meeting.play(first, { seconds: 600, pace });
    const before = await grown(meeting, first, atLeast);
    const received = await receivedBytes(first);
    first.program.kill('SIGKILL');
    await first.program.end();
    sim.kill('SIGINT');
    await sim.end();

    const frames = await meeting.assertRecordings(first);
    assert.equal(frames.size, TRACKS);
    for (const [file, count] of frames) {
      assert.ok(count * 4 >= before.get(file) - (before.get(file) % 4), `${file} has lost what was on disk`);
      if (!fast) missing.push((meeting.sent(meeting.trackOf(file)).length - count * 4) / BYTES_PER_MS);
    }

    const onDisk = [...frames.values()].reduce((sum, count) => sum + count * 4, 0);
    if (!fast) assert.ok(onDisk >= received - TRACKS * MOST_MISSING_MS * BYTES_PER_MS, `${received} bytes had been received, ${onDisk} are on disk`);

    endpoint.mode = 'well';
    const second = await meeting.start(endpoint);
    await eventually(() => second.stderr.includes(`recordings checked files=${TRACKS}`), 'the recordings are checked');
    await meeting.delivered();
    await second.stop();
    const tracks = await meeting.assertProven();
    assert.equal(tracks.length, TRACKS);
    const taken = meeting.assertTaken(second, endpoint);
    const { acknowledged = 0, 'delivered-from-spool': late = 0, lost = 0, ...others } = fates(tracks);
    assert.deepEqual(others, {}, 'every block was delivered, or was under way when the daemon was killed');
    assert.ok(taken >= acknowledged + late && taken <= acknowledged + late + lost, `${taken} blocks were taken`);
  });
}

after(() => {
  if (missing.length === 0) return;
  const sorted = missing.sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(0);
  console.error(`sent in real time and on no disk after kill -9: median ${at(0.5)} ms, 99 % ${at(0.99)} ms, most ${at(1)} ms`);
});
