// Audio whose clicks tell when they were: click n is half a second behind click n - 1, and 1000 + 10n high.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { parseWav } from './wav.mjs';

const RATE = 48000;
const FRAME = 4; // stereo S16LE
const DAY = 24 * 3600;
const WIDTH = 12; // frames of a click

/** A WAV file of so many seconds: the first click is its first sample. */
export function clickTrack(seconds) {
  const data = Buffer.alloc(seconds * RATE * FRAME);
  for (let number = 0; number < 2 * seconds; number += 1) {
    for (let i = 0; i < 2 * WIDTH; i += 1) data.writeInt16LE(1000 + 10 * number, (number * RATE * FRAME) / 2 + 2 * i);
  }
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(2, 22);
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(RATE * FRAME, 28);
  header.writeUInt16LE(FRAME, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

/** The clicks of a recording: [number, seconds since midnight UTC], by its bext chunk and the place of the sample. */
export function readClicks(file) {
  const bytes = fs.readFileSync(file);
  const { data, rate } = parseWav(bytes);
  const first = Number(bytes.readBigUInt64LE(bytes.indexOf('bext') + 8 + 338)) / rate;
  const clicks = new Map();
  for (let at = 0; at < data.length; at += FRAME) {
    const height = data.readInt16LE(at);
    const number = (height - 1000) / 10;
    if (height === 0 || clicks.has(number)) continue;
    assert.ok(Number.isInteger(number) && number >= 0, `a sample that nobody sent: ${height} at ${at}`);
    clicks.set(number, first + at / FRAME / rate);
  }
  return clicks;
}

/** Seconds from `b` to `a`, two times of a day, also across midnight. */
export function apart(a, b) {
  const difference = (((a - b) % DAY) + DAY) % DAY;
  return difference > DAY / 2 ? difference - DAY : difference;
}
