// Real video: GStreamer's encoders make it, ffmpeg decodes what was recorded.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { run, temporaryDirectory } from './program.mjs';

const ENCODERS = {
  h264: 'x264enc tune=zerolatency key-int-max=15 ! h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au',
  vp8: 'vp8enc deadline=1 keyframe-max-dist=15 ! video/x-vp8',
  vp9: 'vp9enc deadline=1 keyframe-max-dist=15 ! video/x-vp9',
};

/** `count` encoded frames of a test picture, one Buffer each: a key frame, then one in fifteen at the least. */
export async function frames(t, codec, count = 45, { width = 320, height = 240, pattern = 'ball' } = {}) {
  const directory = temporaryDirectory(t);
  const line = `videotestsrc pattern=${pattern} num-buffers=${count} ! video/x-raw,width=${width},height=${height},framerate=30/1 ! ` +
    `${ENCODERS[codec]} ! multifilesink location=${directory}/%05d`;
  const { code, stderr } = await run('gst-launch-1.0', ['-q', ...line.split(' ')]);
  assert.equal(code, 0, stderr);
  const all = fs.readdirSync(directory).sort().map((name) => fs.readFileSync(path.join(directory, name)));
  assert.equal(all.length, count);
  return all;
}

/** A file as the sender's side would have written it, to compare with. */
export function sentFile(t, codec, all, { width = 320, height = 240 } = {}) {
  const file = path.join(temporaryDirectory(t), codec === 'h264' ? 'sent.h264' : 'sent.ivf');
  fs.writeFileSync(file, codec === 'h264' ? Buffer.concat(all) : ivf(codec, all, width, height));
  return file;
}

/** The frames as an IVF stream with 30 frames a second. */
export function ivf(codec, all, width = 320, height = 240) {
  const header = Buffer.alloc(32);
  header.write('DKIF', 0);
  header.writeUInt16LE(32, 6);
  header.write(codec === 'vp8' ? 'VP80' : 'VP90', 8);
  header.writeUInt16LE(width, 12);
  header.writeUInt16LE(height, 14);
  header.writeUInt32LE(30, 16);
  header.writeUInt32LE(1, 20);
  header.writeUInt32LE(all.length, 24);
  return Buffer.concat([header, ...all.flatMap((frame, number) => {
    const head = Buffer.alloc(12);
    head.writeUInt32LE(frame.length, 0);
    head.writeUInt32LE(number, 4);
    return [head, frame];
  })]);
}

/** Hashes of the decoded pictures of a file, in order. */
export async function pictures(file) {
  const { code, stdout, stderr } = await run('ffmpeg', ['-v', 'error', '-i', file, '-fps_mode', 'passthrough', '-autoscale', '0', '-f', 'framemd5', '-']);
  assert.equal(code, 0, stderr);
  return stdout.split('\n').filter((line) => line && !line.startsWith('#')).map((line) => line.split(',').at(-1).trim());
}

/** Times of the packets of a file, milliseconds. */
export async function times(file) {
  const { code, stdout, stderr } = await run('ffprobe', ['-v', 'error', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', file]);
  assert.equal(code, 0, stderr);
  return stdout.trim().split('\n').map((line) => Math.round(Number(line.replace(',', '')) * 1000));
}

/** Frames that the header of an IVF file claims. */
export const claimed = (file) => fs.readFileSync(file).readUInt32LE(24);
