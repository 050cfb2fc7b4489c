import assert from 'node:assert/strict';
import fs from 'node:fs';

/** A RIFF WAVE file or body whose every length is true: {rate, channels, bits, data}. */
export function parseWav(bytes) {
  assert.equal(bytes.toString('latin1', 0, 4), 'RIFF');
  assert.equal(bytes.readUInt32LE(4), bytes.length - 8, 'the RIFF length is that of the file');
  assert.equal(bytes.toString('latin1', 8, 12), 'WAVE');
  const wav = {};
  let at = 12;
  while (at < bytes.length) {
    const [id, size] = [bytes.toString('latin1', at, at + 4), bytes.readUInt32LE(at + 4)];
    const body = bytes.subarray(at + 8, at + 8 + size);
    assert.equal(body.length, size, `chunk ${id} is as long as it says`);
    if (id === 'fmt ') {
      // More than two channels are described by WAVE_FORMAT_EXTENSIBLE, whose subformat stands at 24.
      const extensible = body.readUInt16LE(0) === 0xfffe;
      assert.equal(body.readUInt16LE(extensible ? 24 : 0), 1, 'the format is PCM');
      Object.assign(wav, { channels: body.readUInt16LE(2), rate: body.readUInt32LE(4), bits: body.readUInt16LE(14) });
      assert.equal(body.readUInt16LE(12), wav.channels * wav.bits / 8, 'the block alignment fits');
    }
    if (id === 'data') wav.data = body;
    at += 8 + size + (size % 2);
  }
  assert.ok(wav.rate && wav.data, 'the file has fmt and data');
  return wav;
}

/** Bytes before the audio in a recording: RIFF, fmt and bext, the head of data. */
const RECORDING_HEADER = 654;

/** Bytes of audio on disk, by the size of the file; 0 before there is one. */
export function recordedBytes(file) {
  return fs.existsSync(file) ? Math.max(0, fs.statSync(file).size - RECORDING_HEADER) : 0;
}

/** Audio on disk whatever the header says. */
export function recordedAudio(file) {
  return fs.readFileSync(file).subarray(RECORDING_HEADER);
}

export function readWav(file) {
  return parseWav(fs.readFileSync(file));
}

/** Fails with the first difference instead of two megabytes of numbers. */
export function assertSameAudio(actual, expected, what) {
  if (actual.equals(expected)) return;
  const shorter = Math.min(actual.length, expected.length);
  let at = 0;
  while (at < shorter && actual[at] === expected[at]) at += 1;
  assert.fail(`${what}: ${actual.length} bytes, expected ${expected.length}; the first difference is at byte ${at}`);
}

/** S16LE noise that is the same in every run: xorshift32 of `seed`. */
export function noise(bytes, seed = 1) {
  const audio = Buffer.alloc(bytes);
  let state = (seed * 2654435761) >>> 0 || 1;
  for (let i = 0; i < bytes; i += 1) {
    state ^= state << 13; state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5; state >>>= 0;
    audio[i] = state & 0xff;
  }
  return audio;
}
