// What is on disk is true at every moment: after kill -9, on a full disk, after a start that repairs.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { startDaemon } from './support/daemon.mjs';
import { eventually } from './support/eventually.mjs';
import { framesOf } from './support/players.mjs';
import { built, Program, run, temporaryDirectory } from './support/program.mjs';
import { assertLogLines } from './support/schema.mjs';
import { startStub } from './support/stub.mjs';
import { close, connect, egressPath, send, STEREO_48K } from './support/track.mjs';
import { assertSameAudio, noise, readWav, recordedAudio, recordedBytes } from './support/wav.mjs';

const MEETING = 'RM_disk';
const FRAME = 4;

function pathOf(trackId) {
  return egressPath({ roomName: 'r', participant: 'p', trackId, meetingId: MEETING, ...STEREO_48K });
}

/** Sizes of all recordings, by file. */
function sizes(daemon) {
  return new Map(daemon.recordings().map((file) => [file, recordedBytes(file)]));
}

/** The audio that was sent on the track of a recording. */
function sentFor(file, dump) {
  const trackId = /(TR_sim\d*)\.wav$/.exec(file)[1];
  return fs.readFileSync(path.join(dump, `${trackId}.raw`));
}

/**
 * Plays six tracks into a daemon and kills it when `atLeast` bytes are on disk. What was on disk before the last write
 * of each file, seen from outside, is in `before`: {dump, directory, before}.
 */
async function killed(t, { atLeast, pace }) {
  const directory = temporaryDirectory(t);
  const dump = path.join(directory, 'sent');
  fs.mkdirSync(dump);
  const recordings = path.join(directory, 'recordings');
  const daemon = await startDaemon(t, { EGRESS_AUDIO_OUTPUT_DIR: recordings }, { cleanEnd: false });
  daemon.recordingsDirectory = recordings;
  const sim = new Program(built.egressSim, ['--url', `ws://127.0.0.1:${daemon.port}/egress-audio`, '--tracks', '6', '--noise',
    '--meeting', MEETING, '--track', 'TR_sim', '--duration', '600', '--quiet', '--dump', dump, ...pace]);
  t.after(() => sim.kill('SIGKILL'));
  // A file that has grown since it was seen had its header written for what was seen.
  let earlier = new Map();
  const before = await eventually(() => {
    const now = sizes(daemon);
    const total = [...now.values()].reduce((sum, size) => sum + size, 0);
    const grown = now.size === 6 && [...now].every(([file, size]) => size > (earlier.get(file) ?? Infinity));
    if (grown && total >= atLeast) return earlier;
    if (!grown && earlier.size === 6) return false;
    earlier = now;
    return false;
  }, 'the recordings grow');
  daemon.program.kill('SIGKILL');
  await daemon.program.end();
  sim.kill('SIGINT');
  await sim.end();
  return { dump, recordings, before, files: daemon.recordings() };
}

const MOMENTS = [
  { atLeast: 1, pace: [] }, { atLeast: 300_000, pace: [] }, { atLeast: 1_000_000, pace: [] },
  { atLeast: 1, pace: ['--fast'] }, { atLeast: 20_000_000, pace: ['--fast'] }, { atLeast: 60_000_000, pace: ['--fast'] },
];

for (const moment of MOMENTS) {
  test(`after kill -9 at ${moment.atLeast} bytes ${moment.pace} every recording opens with what was sent`, async (t) => {
    const { dump, recordings, before, files } = await killed(t, moment);
    assert.equal(files.length, 6);
    for (const file of files) {
      const frames = await framesOf(file);
      const audio = recordedAudio(file);
      assert.ok(frames * FRAME <= audio.length, `${file} claims ${frames} frames and has ${audio.length} bytes`);
      assert.ok(frames * FRAME >= before.get(file) - (before.get(file) % FRAME),
        `${file} claims ${frames} frames; ${before.get(file)} bytes were there before the last write`);
      const sent = sentFor(file, dump);
      assertSameAudio(audio, sent.subarray(0, audio.length), file);
    }
    // The next start makes true what is not, leaves the audio alone, and says so.
    const damaged = files[0];
    const bytes = fs.readFileSync(damaged);
    bytes.writeUInt32LE(0x7fff0000, 650);
    fs.writeFileSync(damaged, bytes);
    fs.utimesSync(damaged, 1e9, 1e9);
    const next = await startDaemon(t, { EGRESS_AUDIO_OUTPUT_DIR: recordings });
    await eventually(() => /recordings checked files=6/.test(next.stderr), 'the recordings are checked');
    assert.ok(next.stderr.includes(`repaired file=${damaged}`), next.stderr);
    for (const file of files) {
      const audio = recordedAudio(file);
      assert.equal(await framesOf(file), Math.floor(audio.length / FRAME), file);
      assertSameAudio(audio, sentFor(file, dump).subarray(0, audio.length), file);
    }
  });
}

test('the time of the first sample is in the file as in the log', async (t) => {
  const daemon = await startDaemon(t);
  const socket = await connect(daemon, pathOf('TR_1'));
  await send(socket, noise(19200));
  await close(socket);
  await daemon.ended(MEETING, 'TR_1');
  const [{ utc, file }] = daemon.log(MEETING, { event: 'part-opened' });
  const { stdout } = await run('ffprobe', ['-v', 'error', '-show_entries', 'format_tags', '-of', 'json', file]);
  const { tags } = JSON.parse(stdout).format;
  assert.equal(`${tags.date}T${tags.creation_time}`, utc.slice(0, 19));
  const midnight = Date.parse(`${utc.slice(0, 10)}T00:00:00Z`);
  const ms = Number(tags.time_reference) / 48;
  assert.ok(Math.abs(midnight + ms - Date.parse(utc)) <= 1, `${tags.time_reference} is ${utc}`);
});

test('a socket without audio leaves no file and no directory', async (t) => {
  const daemon = await startDaemon(t);
  await close(await connect(daemon, pathOf('TR_1')));
  await daemon.logged(MEETING, { event: 'ended' });
  assert.deepEqual(fs.readdirSync(daemon.recordingsDirectory), []);
});

/** A daemon whose disk for recordings is full while `disk.full`. */
async function startOnSmallDisk(t, settings) {
  const directory = temporaryDirectory(t);
  const flag = path.join(directory, 'full');
  const recordings = path.join(directory, 'recordings');
  const preload = [process.env.LIVE_MEETING_PRELOAD, built.fullDisk].filter(Boolean).join(' ');
  const daemon = await startDaemon(t, { EGRESS_AUDIO_OUTPUT_DIR: recordings, LD_PRELOAD: preload, FULL_DISK_FLAG: flag,
    FULL_DISK_DIRECTORY: recordings, ...settings });
  daemon.recordingsDirectory = recordings;
  return { daemon, fill: () => fs.writeFileSync(flag, ''), empty: () => fs.rmSync(flag) };
}

test('a full disk pauses the recording, not the track; then it goes on in a new part whose place is right', async (t) => {
  const stub = await startStub(t);
  const { daemon, fill, empty } = await startOnSmallDisk(t, { IMENTIV_ENDPOINT_URL: stub.url });
  const audio = noise(192000 * 8, 5);
  const socket = await connect(daemon, pathOf('TR_1'));
  let sent = 0;
  const play = async (bytes) => { await send(socket, audio.subarray(sent, sent + bytes)); sent += bytes; };
  const [{ file }] = await daemon.logged(MEETING, { event: 'started' });

  await play(192000);
  await eventually(() => recordedBytes(file) === sent, 'the first second is on disk');
  fill();
  await play(192000);
  const [paused] = await daemon.logged(MEETING, { event: 'recording-paused' });
  assert.equal(paused.sample, 192000 / FRAME);
  assert.match(paused.reason, /No space left on device/);
  assert.equal(await framesOf(file), 192000 / FRAME, 'what is there opens');
  empty();
  // What it skips and when it tries again is its own affair: audio is sent until it has gone on.
  await eventually(async () => {
    if (sent < audio.length - 192000) await play(9600);
    return daemon.log(MEETING, { event: 'recording-resumed' }).length > 0;
  }, 'the recording goes on');
  await play(192000);
  await close(socket);

  const { line } = await daemon.ended(MEETING, 'TR_1');
  const [resumed] = daemon.log(MEETING, { event: 'recording-resumed' });
  const [first, second, ...more] = daemon.log(MEETING, { event: 'part-closed' });
  assert.deepEqual(more, []);
  assert.equal(resumed.sample, paused.sample + resumed.skipped);
  assert.equal(second.sample, resumed.sample);
  assert.equal(second.file, file.replace('.wav', '-part2.wav'));
  assertSameAudio(readWav(first.file).data, audio.subarray(0, paused.sample * FRAME), 'the first part');
  assertSameAudio(readWav(second.file).data, audio.subarray(resumed.sample * FRAME, sent), 'the second part');
  const [{ samples, skipped, parts }] = daemon.log(MEETING, { event: 'recorded' });
  assert.deepEqual({ all: samples + skipped, skipped, parts }, { all: sent / FRAME, skipped: resumed.skipped, parts: 2 });
  const apart = Date.parse(second.utc) - Date.parse(first.utc);
  assert.ok(Math.abs(apart - resumed.sample / 48) <= 1, `the parts begin ${apart} ms apart`);
  assertSameAudio(stub.joined('TR_1'), audio.subarray(0, sent), 'the blocks for analysis');
  assert.equal(line.outcome, 'our-fault');
  assert.match(line.message, /part of the recording is missing.*No space left on device/);
  assert.match(daemon.stderr, /error .*the recording pauses at sample/);
  assertLogLines(daemon.log(MEETING));
});

test('a disk that is full from the beginning: the file appears when there is room', async (t) => {
  const { daemon, fill, empty } = await startOnSmallDisk(t, {});
  fill();
  const audio = noise(192000 * 8, 6);
  const socket = await connect(daemon, pathOf('TR_1'));
  let sent = 0;
  const play = async (bytes) => { await send(socket, audio.subarray(sent, sent + bytes)); sent += bytes; };
  await play(9600);
  await daemon.logged(MEETING, { event: 'recording-paused' });
  assert.deepEqual(daemon.recordings(), []);
  empty();
  await eventually(async () => {
    if (sent < audio.length - 9600) await play(9600);
    return daemon.log(MEETING, { event: 'recording-resumed' }).length > 0;
  }, 'the recording goes on');
  await close(socket);
  const { line } = await daemon.ended(MEETING, 'TR_1');
  const [resumed] = daemon.log(MEETING, { event: 'recording-resumed' });
  assertSameAudio(readWav(line.file).data, audio.subarray(resumed.sample * FRAME, sent), 'what came after');
  assertLogLines(daemon.log(MEETING));
});
