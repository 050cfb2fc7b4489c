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

/** Frames of a WAV file, as Python's wave, sox and ffprobe each read them; they must agree. */
export async function framesOf(file) {
  const [[python], [sox], [ffprobe]] = await Promise.all([
    numbers('python3', ['-c', PYTHON, file]),
    numbers('soxi', ['-s', file]),
    numbers('ffprobe', ['-v', 'error', '-show_entries', 'stream=duration_ts', '-of', 'csv=p=0', file]),
  ]);
  assert.deepEqual({ sox, ffprobe }, { sox: python, ffprobe: python }, file);
  return python;
}
