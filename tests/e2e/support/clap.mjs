// Somebody claps: seen and heard, recorded, and looked for in what was put together.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { eventually } from './eventually.mjs';
import { run } from './program.mjs';
import { close, connect, egressPath, STEREO_48K } from './track.mjs';
import { frames } from './video.mjs';

const FRAME_MS = 40;
const SECOND = 1000 / FRAME_MS;
export const MOST_APART = process.env.LIVE_MEETING_PRELOAD ? 0.5 : 0.1; // s: pictures get the time of their arrival, sound that of its place in the stream

/** 40 ms of 48 kHz stereo. */
function sound(loud) {
  const samples = new Int16Array(48 * FRAME_MS * 2);
  return Buffer.from(samples.map((_, i) => (loud ? (i % 8 < 4 ? 20000 : -20000) : 0)).buffer);
}

/**
 * In real time: a dark second, then a clap that is seen and heard, bright and loud from there on. The later track begins 400 ms late.
 * `running` is called before the tracks end; when it says true they do not end, because nobody is there any more.
 */
export async function clap(t, daemon, { meetingId, participant = 'ann', codec = 'vp8', videoFirst = false, running = async () => false }) {
  const who = { roomName: 'r', participant, meetingId };
  const pictures = [...await frames(t, codec, SECOND, { pattern: 'black' }), ...await frames(t, codec, SECOND, { pattern: 'white' })];
  const audio = await connect(daemon, egressPath({ ...who, trackId: 'TR_a', ...STEREO_48K }));
  const video = await connect(daemon, `/egress-video?${new URLSearchParams({ ...who, trackId: 'TR_v', codec })}`);
  const begun = performance.now();
  for (let i = 0; i < pictures.length; i += 1) {
    await eventually(() => performance.now() >= begun + i * FRAME_MS, 'it is time for the next picture');
    const late = i < 10;
    if (videoFirst || !late) video.send(pictures[i]);
    if (!videoFirst || !late) audio.send(sound(i > SECOND)); // sent when it has been heard: what is heard now comes next
  }
  if (await running()) return;
  await Promise.all([close(audio), close(video, 1000)]);
  await daemon.logged(meetingId, { event: 'ended' }, 2);
}

/** What ffmpeg makes of a file. */
export async function decoded(file, ...args) {
  const { code, stderr } = await run('ffmpeg', ['-v', 'error', '-y', '-i', file, ...args, `${file}.raw`]);
  assert.equal(code, 0, stderr);
  return fs.readFileSync(`${file}.raw`);
}

/** Times of the packets of the first video track, in seconds, as ffprobe writes them. */
export async function packets(file) {
  const { stdout } = await run('ffprobe', ['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', file]);
  return stdout.trim().split('\n');
}

/** Seconds in the file at which it becomes bright, and loud. */
export async function clapIn(file) {
  const bright = await decoded(file, '-map', '0:v:0', '-fps_mode', 'passthrough', '-vf', 'scale=2:2,format=gray', '-f', 'rawvideo');
  const seen = Number((await packets(file))[Math.floor(bright.findIndex((value) => value > 128) / 4)]);
  const loud = await decoded(file, '-map', '0:a:0', '-f', 's16le');
  const samples = new Int16Array(new Uint8Array(loud).buffer);
  return { seen, heard: samples.findIndex((value) => Math.abs(value) > 10000) / 96000 };
}
