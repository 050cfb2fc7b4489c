import assert from 'node:assert/strict';
import { run } from './program.mjs';

const PYTHON = `
import sys, wave
for name in sys.argv[1:]:
    with wave.open(name) as file:
        frames = file.getnframes()
        assert len(file.readframes(frames)) == frames * file.getsampwidth() * file.getnchannels(), name
        print(frames)
`;

async function numbers(command, args) {
  const { code, stdout, stderr } = await run(command, args);
  assert.equal(code, 0, `${command}: ${stderr}`);
  return stdout.trim().split(/\s+/).map(Number);
}

const probe = async (file) => (await numbers('ffprobe', ['-v', 'error', '-show_entries', 'stream=duration_ts', '-of', 'csv=p=0', file]))[0];

/** Frames of each WAV file, as Python's wave, sox and ffprobe read them; they must agree. */
export async function framesOfAll(files) {
  const [python, sox] = await Promise.all([numbers('python3', ['-c', PYTHON, ...files]), numbers('soxi', ['-s', ...files])]);
  const ffprobe = [];
  for (const file of files) ffprobe.push(await probe(file));
  assert.deepEqual({ sox, ffprobe }, { sox: python, ffprobe: python }, files.join(' '));
  return python;
}

/** Frames of one WAV file. */
export async function framesOf(file) {
  return (await framesOfAll([file]))[0];
}
