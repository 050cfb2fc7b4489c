// A meeting of many tracks whose storage outlives the daemons that serve it, and the proof that nothing of it is missing.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { startDaemon } from '../../e2e/support/daemon.mjs';
import { eventually } from '../../e2e/support/eventually.mjs';
import { framesOfAll } from '../../e2e/support/players.mjs';
import { built, Program, run, source, temporaryDirectory } from '../../e2e/support/program.mjs';
import { assertSameAudio, recordedAudio, recordedBytes } from '../../e2e/support/wav.mjs';

/** A sanitised daemon is too slow for as many in real time: FAULT_SCALE makes every crowd smaller. */
export const SCALE = Number(process.env.FAULT_SCALE ?? 1);
export const TRACKS = Math.ceil(20 * SCALE);
const FRAME = 4;

export class Meeting {
  constructor(t, { seed, tracks = TRACKS, recordings }) {
    Object.assign(this, { t, seed, tracks, id: `RM_${seed}`, lives: [] });
    this.directory = temporaryDirectory(t, () => this.#endAll());
    const place = (name) => path.join(this.directory, name);
    this.sentDirectory = place('sent');
    fs.mkdirSync(this.sentDirectory);
    this.places = { EGRESS_AUDIO_OUTPUT_DIR: recordings ?? place('recordings'), LEDGER_DIR: place('ledger'),
      IMENTIV_SPOOL_DIR: place('spool'), PIPELINE_LOG_DIR: place('logs') };
  }

  async #endAll() {
    await Promise.all(this.lives.map((program) => { program.kill('SIGKILL'); return program.end(); }));
  }

  /** A daemon that sends to `endpoint` and tries again soon. */
  async start(endpoint, settings = {}) {
    const daemon = await startDaemon(this.t, { ...this.places, IMENTIV_ENDPOINT_URL: endpoint.url, AUDIO_PIPELINE_GROUP_SECONDS: '1',
      IMENTIV_MAX_ATTEMPTS: '2', IMENTIV_CIRCUIT_PAUSE_MS: '50', IMENTIV_DRAIN_TIMEOUT_MS: '1000', SHUTDOWN_TIMEOUT_MS: '30000',
      EGRESS_MAX_FILL_MS: '0', ...settings }, { cleanEnd: false });
    Object.assign(daemon, { recordingsDirectory: this.places.EGRESS_AUDIO_OUTPUT_DIR, ledgerDirectory: this.places.LEDGER_DIR,
      logsDirectory: this.places.PIPELINE_LOG_DIR });
    this.lives.push(daemon.program);
    return daemon;
  }

  /** Everybody begins to speak: noise, other noise on every track. */
  play(daemon, { seconds, pace = [] }) {
    const sim = new Program(built.egressSim, ['--url', `ws://127.0.0.1:${daemon.port}/egress-audio`, '--tracks', String(this.tracks),
      '--noise', '--seed', String(this.seed), '--meeting', this.id, '--track', 'TR_sim', '--duration', String(seconds), '--quiet',
      '--dump', this.sentDirectory, ...pace]);
    this.lives.push(sim);
    return sim;
  }

  recordings(daemon) { return daemon.recordings().filter((file) => file.includes('TR_sim') && file.endsWith('.wav')); }

  /** Bytes of audio on disk, by file. */
  sizes(daemon) { return new Map(this.recordings(daemon).map((file) => [file, recordedBytes(file)])); }

  trackOf(file) { return /(TR_sim\d*)(-part\d+)?\.wav$/.exec(file)[1]; }

  sent(trackId) { return fs.readFileSync(path.join(this.sentDirectory, `${trackId}.raw`)); }

  /** Every recording opens with three readers and begins as what was sent. Gives the frames of each file. */
  async assertRecordings(daemon) {
    const files = this.recordings(daemon);
    const counts = await framesOfAll(files);
    const frames = new Map(files.map((file, index) => [file, counts[index]]));
    for (const [file, count] of frames) {
      const audio = recordedAudio(file).subarray(0, count * FRAME);
      assert.equal(audio.length, count * FRAME, `${file} claims more than it has`);
      assertSameAudio(audio, this.sent(this.trackOf(file)).subarray(0, audio.length), file);
    }
    return frames;
  }

  spooled() {
    const spool = this.places.IMENTIV_SPOOL_DIR;
    return fs.existsSync(spool) ? fs.readdirSync(spool).filter((name) => name.endsWith('.block')) : [];
  }

  async delivered() {
    await eventually(() => this.spooled().length === 0, () => `the spool is empty, there are ${this.spooled().length} blocks`);
  }

  /** The ledgers prove that nothing is missing; gives the tracks as tools/verify tells of them. */
  async assertProven() {
    const { code, stdout, stderr } = await run(path.join(source, 'tools/verify'), ['--json', '--ledger', this.places.LEDGER_DIR,
      '--recordings', this.places.EGRESS_AUDIO_OUTPUT_DIR, '--spool', this.places.IMENTIV_SPOOL_DIR, this.id]);
    assert.equal(stderr, '');
    const { tracks } = JSON.parse(stdout);
    assert.equal(code, 0, JSON.stringify(tracks.flatMap((track) => track.problems).slice(0, 10)));
    return tracks;
  }

  /** Blocks that were cut. A stalled machine can cut one early: their number is not that of the seconds. */
  blocks(daemon) {
    return daemon.ledgers(this.id).flatMap((lines) => lines.filter((line) => line.line === 'block')).length;
  }

  /**
   * What the service took is what was sent on the track at the place that the ledger tells, in order, doubles under one key.
   * Gives how many blocks of the ledger it has: the last lines of a daemon that was killed may be missing, and then the
   * block says itself where it belongs.
   */
  assertTaken(daemon, endpoint) {
    const cut = new Map(daemon.ledgers(this.id).flatMap((lines) => lines.filter((line) => line.line === 'block')
      .map((line) => [`${lines[0].trackId} ${line.sequence}`, line])));
    const keys = new Map();
    const last = new Map();
    for (const { headers, body } of endpoint.taken) {
      const [track, sequence, key] = [headers['x-track-id'], Number(headers['x-block-sequence']), headers['idempotency-key']];
      const name = `${track} ${sequence}`;
      assert.ok((last.get(track) ?? -1) <= sequence || keys.get(name) === key, `block ${name} came after ${last.get(track)}`);
      last.set(track, Math.max(last.get(track) ?? -1, sequence));
      assert.equal(keys.get(name) ?? key, key, `block ${name} has two keys`);
      keys.set(name, key);
      const { sample, samples } = cut.get(name) ?? { sample: Number(headers['x-block-start-sample']), samples: body.length / FRAME };
      assertSameAudio(body, this.sent(track).subarray(sample * FRAME, (sample + samples) * FRAME), `block ${name}`);
    }
    return [...keys.keys()].filter((name) => cut.has(name)).length;
  }
}

/** Fates of all blocks of `tracks`, counted. */
export function fates(tracks) {
  const all = {};
  for (const { states } of tracks) for (const [state, count] of Object.entries(states)) all[state] = (all[state] ?? 0) + count;
  return all;
}
