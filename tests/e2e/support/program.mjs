import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, within } from './eventually.mjs';

export const source = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
export const build = process.env.LIVE_MEETING_BUILD ?? path.join(source, 'build');
export const built = {
  daemon: path.join(build, 'service/live-meetingd'),
  egressSim: path.join(build, 'tools/egress-sim'),
  analysisStub: path.join(build, 'tools/analysis-stub'),
  plugins: path.join(build, 'plugins'),
  clockStep: path.join(build, 'tests/support/libclockstep.so'),
  fullDisk: path.join(build, 'tests/support/libfulldisk.so'),
  lostSector: path.join(build, 'tests/support/liblostsector.so'),
  stuckDisk: path.join(build, 'tests/support/libstuckdisk.so'),
};

/** A directory of the test's own, gone with it; `before`, which ends who writes there, is called first. */
export function temporaryDirectory(t, before = () => {}) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'live-meeting-e2e-'));
  t.after(async () => {
    try {
      await before();
    } finally {
      fs.rmSync(directory, { recursive: true, force: true });
    }
  });
  return directory;
}

/** A child process whose output is collected. */
export class Program {
  constructor(command, args, options = {}, input = 'ignore') {
    this.stdout = '';
    this.stderr = '';
    this.name = path.basename(command);
    this.process = spawn(command, args, { ...options, stdio: [input, 'pipe', 'pipe'] });
    this.process.stdout.on('data', (data) => { this.stdout += data; });
    this.process.stderr.on('data', (data) => { this.stderr += data; });
    this.ended = new Promise((resolve) => {
      this.process.on('error', (error) => resolve({ code: null, signal: null, error }));
      this.process.on('close', (code, signal) => resolve({ code, signal }));
    });
    this.ended.then((result) => { this.result = result; });
  }

  /** All it said so far. */
  get said() { return this.stdout + this.stderr; }

  /** The end of what it said, for a failure's message. */
  output() {
    return `--- stdout of ${this.name}\n${this.stdout.slice(-1000)}--- stderr\n${this.stderr.slice(-4000)}`;
  }

  kill(signal) {
    this.process.kill(signal);
  }

  /** How it ended; the whole output is there by then. */
  async end() {
    return within(this.ended, `${this.name} ends`);
  }

  /** The match of `pattern` in stdout or, when the program ended without it, an error with its output. */
  async printed(pattern) {
    return eventually(() => {
      const match = pattern.exec(this.stdout);
      if (!match && this.result) throw new Error(`${this.name} ended (${JSON.stringify(this.result)})\n${this.output()}`);
      return match;
    }, () => `${this.name} prints ${pattern}\n${this.output()}`);
  }
}

/** Runs a program to its end: {code, signal, stdout, stderr}. */
export async function run(command, args, options) {
  const program = new Program(command, args, options);
  const result = await program.end();
  return { ...result, stdout: program.stdout, stderr: program.stderr };
}
