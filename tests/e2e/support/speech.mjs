import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { run } from './program.mjs';
import { readWav } from './wav.mjs';

const SPEAKERS = [
  { voice: 'en-gb+f3', text: 'Good morning everyone, and thank you for joining. Every word that I say is written ' +
    'to disk untouched, and sent away in blocks of two seconds.' },
  { voice: 'en-us+m3', text: 'If the network fails, the recording goes on. If the analysis service fails, it is ' +
    'tried again. Nothing is lost without a trace.' },
];

async function tool(command, args) {
  const { code, error, stderr } = await run(command, args);
  assert.equal(code, 0, `${command} failed: ${error ?? stderr}`);
}

/** One WAV file per speaker as LiveKit sends it (48 kHz stereo S16LE), 6 to 12 s: [{file, samples}]. */
export async function speak(directory, { gain = -3 } = {}) {
  const speakers = [];
  for (const [index, { voice, text }] of SPEAKERS.entries()) {
    const plain = path.join(directory, `plain-${index}.wav`);
    const file = path.join(directory, `speaker-${index}.wav`);
    await tool('espeak-ng', ['-v', voice, '-s', '165', '-w', plain, text]);
    await tool('sox', ['-D', plain, '-r', '48000', '-c', '2', '-b', '16', file, 'gain', '-n', String(gain)]);
    fs.rmSync(plain);
    const { rate, channels, data } = readWav(file);
    assert.deepEqual({ rate, channels }, { rate: 48000, channels: 2 });
    assert.ok(data.length > 4 * 48000 * 4 && rms(data) > 100, 'this is speech of some seconds');
    speakers.push({ file, samples: data });
  }
  return speakers;
}

function* samplesOf(pcm) {
  for (let at = 0; at + 1 < pcm.length; at += 2) yield pcm.readInt16LE(at);
}

export function rms(pcm) {
  let sum = 0;
  for (const sample of samplesOf(pcm)) sum += sample * sample;
  return Math.sqrt(sum / (pcm.length / 2));
}

export function peak(pcm) {
  let most = 0;
  for (const sample of samplesOf(pcm)) most = Math.max(most, Math.abs(sample));
  return most;
}
