import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { eventually } from './eventually.mjs';
import { built, Program, temporaryDirectory } from './program.mjs';
import { readWav } from './wav.mjs';

const OURS = /^(HOST|PORT|HTTP_|TLS_|TRUSTED_|CORS_|EGRESS_|API_|AUDIO_PIPELINE_|IMENTIV_|PIPELINE|LEDGER_|DATABASE_|READY_|SHUTDOWN_|SOCKETIO_|LIVEKIT_|MEET_|S3_|NEXT_PUBLIC_|LOG_LEVEL|LOG_FORMAT|GST_DEBUG$)/;

/** Environment of a daemon that keeps everything in `directory`, without settings of the caller's shell. */
export function daemonEnvironment(directory, settings = {}) {
  const inherited = Object.entries(process.env).filter(([name]) => !OURS.test(name));
  return {
    ...Object.fromEntries(inherited),
    HOST: '127.0.0.1',
    PORT: '0',
    MEET_PORT: 'none', // meet.test.mjs is about it
    EGRESS_AUDIO_OUTPUT_DIR: path.join(directory, 'recordings'),
    EGRESS_VIDEO_OUTPUT_DIR: path.join(directory, 'video'),
    PIPELINE_LOG_DIR: path.join(directory, 'logs'),
    LEDGER_DIR: path.join(directory, 'ledger'),
    DATABASE_URL: `sqlite:${path.join(directory, 'database.db')}`,
    IMENTIV_DRAIN_TIMEOUT_MS: '120000',
    IMENTIV_SPOOL_DIR: 'none', // spool.test.mjs is about it
    SHUTDOWN_TIMEOUT_MS: '120000',
    ...settings,
  };
}

/** Files below a directory, sorted. A folder that is moved away meanwhile has none. */
export function filesBelow(directory) {
  let entries = [];
  try {
    entries = fs.readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  return entries.flatMap((entry) => {
    const file = path.join(directory, entry.name);
    return entry.isDirectory() ? filesBelow(file) : [file];
  }).sort();
}

/** A running live-meetingd with everything it writes. */
export class Daemon {
  constructor(program, directory) {
    this.program = program;
    this.directory = directory;
    this.recordingsDirectory = path.join(directory, 'recordings');
    this.logsDirectory = path.join(directory, 'logs');
    this.ledgerDirectory = path.join(directory, 'ledger');
    this.databaseFile = path.join(directory, 'database.db'); // unless the test has another
  }

  async ready() {
    this.url = (await this.program.printed(/^listening on (https?:\/\/\S+)$/m))[1];
    this.port = Number(new URL(this.url).port);
    return this;
  }

  /** Where the browser client asks, as something that can be asked; MEET_PORT must be set. */
  async meet() {
    return { url: (await this.program.printed(/^meeting client on (https?:\/\/\S+)$/m))[1] };
  }

  get stderr() { return this.program.stderr; }

  /** Recordings of video that end in `extension`. */
  videos(extension) { return filesBelow(path.join(this.directory, 'video')).filter((file) => file.endsWith(extension)); }

  recordings() { return filesBelow(this.recordingsDirectory); }

  /** Everything that was ever written below the daemon's directory. */
  files() { return filesBelow(this.directory); }

  logText(meeting) {
    const file = path.join(this.logsDirectory, `${meeting}.log`);
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  }

  /** Lines of a meeting's pipeline log, only those of `filter`: {event, trackId, ...}. */
  log(meeting, filter = {}) {
    const text = this.logText(meeting);
    const whole = text.slice(0, text.lastIndexOf('\n') + 1).split('\n').filter(Boolean).map((line) => JSON.parse(line));
    return whole.filter((line) => Object.entries(filter).every(([name, value]) => line[name] === value));
  }

  /** Waits until `count` lines of `filter` are in the log and returns them. */
  async logged(meeting, filter, count = 1) {
    return eventually(() => {
      const lines = this.log(meeting, filter);
      return lines.length >= count && lines;
    }, () => `${count} lines ${JSON.stringify(filter)} are in the log of ${meeting}:\n${this.logText(meeting).slice(-2000)}` +
       `${this.program.output()}`);
  }

  /** Waits for the end of one track and returns its log line with the recording: {line, wav}. */
  async ended(meeting, trackId) {
    const [line] = await this.logged(meeting, { event: 'ended', trackId });
    return { line, wav: readWav(line.file) };
  }

  /** Whole lines of one file of a meeting's ledger. */
  ledger(meeting, file) {
    const text = fs.readFileSync(path.join(this.ledgerDirectory, meeting, file), 'utf8');
    return text.slice(0, text.lastIndexOf('\n') + 1).split('\n').filter(Boolean).map((line) => JSON.parse(line));
  }

  /** Once a meeting has a ledger with a whole line. */
  hasLedger(meeting) {
    return eventually(() => this.ledgers(meeting).some((lines) => lines.length > 0), `${meeting} has a ledger`);
  }

  /** The ledgers of a meeting, a list of lines per track, in the order of their start. */
  ledgers(meeting) {
    const directory = path.join(this.ledgerDirectory, meeting);
    return fs.existsSync(directory) ? fs.readdirSync(directory).filter((file) => file.endsWith('.jsonl')).sort()
      .map((file) => this.ledger(meeting, file)) : [];
  }

  /** Ends it as systemd would; everything must have been saved. */
  async stop(signal = 'SIGTERM') {
    if (!this.program.result) this.program.kill(signal);
    const { code, signal: killer } = await this.program.end();
    assert.deepEqual({ code, killer }, { code: 0, killer: null }, this.program.output());
  }
}

/** Starts a daemon that is ended, and must end well, with the test. `wrapper`: a command to start it with. */
export async function startDaemon(t, settings = {}, { wrapper = [], cleanEnd = true } = {}) {
  let end = () => {};
  const directory = temporaryDirectory(t, () => end());
  const [command, ...args] = [...wrapper, built.daemon];
  const program = new Program(command, args, { cwd: directory, env: daemonEnvironment(directory, settings) });
  const daemon = new Daemon(program, directory);
  end = async () => {
    if (cleanEnd) return daemon.stop();
    program.kill('SIGKILL');
    return program.end();
  };
  return daemon.ready();
}

/** Runs a daemon that is expected to end by itself: {code, stdout, stderr}. */
export async function runDaemon(t, settings = {}, args = []) {
  const directory = temporaryDirectory(t);
  const program = new Program(built.daemon, args, { cwd: directory, env: daemonEnvironment(directory, settings) });
  t.after(() => program.kill('SIGKILL'));
  const result = await program.end();
  return { ...result, stdout: program.stdout, stderr: program.stderr };
}
