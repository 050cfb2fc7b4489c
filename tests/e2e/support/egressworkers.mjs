import { built, Program } from './program.mjs';
import { webhook } from './livekit.mjs';

/** What stands for the daemons in EGRESS_PUBLIC_URL, as a load balancer would. */
export const PUBLIC_URL = 'wss://media.example.org';

const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
const isDefault = (value) => value === null || value === '' || value === 0 || value === '0' || value === 'EGRESS_STARTING' || (Array.isArray(value) && value.length === 0);

/** A message of the API as webhooks have it: camelCase, without defaults. */
function inWebhooks(message) {
  return Object.fromEntries(Object.entries(message).filter(([, value]) => !isDefault(value))
    .map(([name, value]) => [camel(name), typeof value === 'object' && !Array.isArray(value) ? inWebhooks(value) : value]));
}

/**
 * LiveKit's egress: for every track egress that `livekit` takes a tools/egress-sim, which sends to the URL that was
 * given. `balance(info)`: the daemon that its socket comes to. `hear(info)`: the daemon that webhooks go to; none: they are lost.
 */
export class EgressWorkers {
  constructor(t, livekit, { balance, hear = balance, args = [] }) {
    Object.assign(this, { livekit, balance, hear, args });
    this.failing = []; // what the next ones end with before they connect, each once its `after` has come about
    this.programs = new Map();
    this.most = new Map(); // by track: how many there were at once
    livekit.workers = this;
    t.after(() => this.end());
  }

  async tell(event, info) {
    const daemon = this.hear(info);
    if (!daemon) return;
    const room = { sid: info.room_id, name: info.room_name };
    await webhook(daemon, { event, room, egressInfo: inWebhooks(info) }).catch(() => {}); // LiveKit cannot help it either
  }

  /** By track: how many have not ended. */
  live(track) {
    return this.livekit.egresses.filter((e) => e.track?.track_id === track && this.livekit.isLive(e)).length;
  }

  async started(info) {
    const track = info.track.track_id;
    this.most.set(track, Math.max(this.most.get(track) ?? 0, this.live(track)));
    await this.tell('egress_started', info);
    const failure = this.failing.shift();
    if (failure) {
      const { after, ...fields } = failure;
      await after;
      return this.over(info, 'EGRESS_FAILED', fields);
    }
    const url = info.track.websocket_url.replace(PUBLIC_URL, this.balance(info).url.replace('http', 'ws'));
    const program = new Program(built.egressSim, ['--url', url, '--duration', '3600', '--noise', '--quiet', ...this.args]);
    this.programs.set(info.egress_id, program);
    info.status = 'EGRESS_ACTIVE';
    await this.tell('egress_updated', info);
    const { code } = await program.ended;
    if (this.isOver) return undefined;
    if (info.status === 'EGRESS_ENDING') return this.over(info, 'EGRESS_COMPLETE', { details: 'End reason: StopEgress API' });
    if (code === 0) return this.over(info, 'EGRESS_COMPLETE', { details: 'End reason: Source closed' });
    return this.over(info, 'EGRESS_FAILED', { error: 'write tcp 10.0.0.5:44820->10.0.0.2:3001: write: broken pipe', error_code: 503, details: 'End reason: Failure' });
  }

  over(info, status, fields) {
    Object.assign(info, { status, ended_at: String(Date.now() * 1e6), ...fields });
    return this.tell('egress_ended', info);
  }

  /** StopEgress, or the end of the track. */
  stopped(info) {
    this.programs.get(info.egress_id)?.kill('SIGTERM');
  }

  async end() {
    this.isOver = true;
    for (const program of this.programs.values()) if (!program.result) program.kill('SIGKILL');
    await Promise.all([...this.programs.values()].map((program) => program.end()));
  }
}
