// Somebody claps: what is seen and what is heard are at one place in the file that tools/mux makes.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { startDaemon } from './support/daemon.mjs';
import { eventually } from './support/eventually.mjs';
import { run, source } from './support/program.mjs';
import { close, connect, egressPath, STEREO_48K } from './support/track.mjs';
import { frames } from './support/video.mjs';

const MEETING = 'RM_mux';
const WHO = { roomName: 'r', participant: 'ann', meetingId: MEETING };
const FRAME_MS = 40;
const SECOND = 1000 / FRAME_MS;
const MOST_APART = process.env.LIVE_MEETING_PRELOAD ? 0.5 : 0.1; // s: pictures get the time of their arrival, sound that of its place in the stream

/** 40 ms of 48 kHz stereo. */
function sound(loud) {
  const samples = new Int16Array(48 * FRAME_MS * 2);
  return Buffer.from(samples.map((_, i) => (loud ? (i % 8 < 4 ? 20000 : -20000) : 0)).buffer);
}

/** In real time: a dark second, then a clap that is seen and heard, bright and loud from there on. The later track begins 400 ms late. */
async function clap(t, daemon, videoFirst) {
  const pictures = [...await frames(t, 'vp8', SECOND, { pattern: 'black' }), ...await frames(t, 'vp8', SECOND, { pattern: 'white' })];
  const audio = await connect(daemon, egressPath({ ...WHO, trackId: 'TR_a', ...STEREO_48K }));
  const video = await connect(daemon, `/egress-video?${new URLSearchParams({ ...WHO, trackId: 'TR_v', codec: 'vp8' })}`);
  const begun = performance.now();
  for (let i = 0; i < pictures.length; i += 1) {
    await eventually(() => performance.now() >= begun + i * FRAME_MS, 'it is time for the next picture');
    const late = i < 10;
    if (videoFirst || !late) video.send(pictures[i]);
    if (!videoFirst || !late) audio.send(sound(i > SECOND)); // sent when it has been heard: what is heard now comes next
  }
  await Promise.all([close(audio), close(video, 1000)]);
  await daemon.logged(MEETING, { event: 'ended' }, 2);
}

function mux(daemon, ...args) {
  return run(path.join(source, 'tools/mux'), ['--ledger', daemon.ledgerDirectory, '--recordings', daemon.recordingsDirectory, MEETING, ...args],
    { cwd: daemon.directory });
}

async function decoded(file, ...args) {
  const { code, stderr } = await run('ffmpeg', ['-v', 'error', '-y', '-i', file, ...args, `${file}.raw`]);
  assert.equal(code, 0, stderr);
  return fs.readFileSync(`${file}.raw`);
}

/** Seconds in the file at which it becomes bright, and loud. */
async function clapIn(file) {
  const { stdout } = await run('ffprobe', ['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', file]);
  const bright = await decoded(file, '-map', '0:v:0', '-fps_mode', 'passthrough', '-vf', 'scale=2:2,format=gray', '-f', 'rawvideo');
  const seen = Number(stdout.trim().split('\n')[Math.floor(bright.findIndex((value) => value > 128) / 4)]);
  const loud = await decoded(file, '-map', '0:a:0', '-f', 's16le');
  const samples = new Int16Array(new Uint8Array(loud).buffer);
  return { seen, heard: samples.findIndex((value) => Math.abs(value) > 10000) / 96000 };
}

for (const [first, videoFirst] of [['sound', false], ['video', true]]) {
  test(`a clap is seen and heard at once, though ${first} began earlier`, async (t) => {
    const daemon = await startDaemon(t);
    await clap(t, daemon, videoFirst);
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
  await clap(t, daemon, true);
  const nobody = await mux(daemon, 'bob');
  assert.deepEqual([nobody.code, nobody.stderr], [2, "mux: 'bob' is not in the meeting; there is ann\n"]);
  fs.rmSync(daemon.videos('.mkv')[0]);
  const { code, stderr } = await mux(daemon, 'ann', 'sound.mkv');
  assert.equal(code, 0, stderr);
  assert.match(stderr, /TR_v: \S+TR_v.mkv is not there/);
});
