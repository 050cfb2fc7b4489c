import crypto from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { AccessToken, TokenVerifier } from 'livekit-server-sdk';
import { eventually } from './eventually.mjs';

export const KEY = 'devkey';
export const SECRET = 'a-secret-of-the-tests-0123456789abcdef';

const LIVE = ['EGRESS_STARTING', 'EGRESS_ACTIVE', 'EGRESS_ENDING'];

function bodyOf(request) {
  return new Promise((resolve, reject) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece)).on('end', () => resolve(Buffer.concat(pieces))).on('error', reject);
  });
}

/**
 * LiveKit's API on the loopback. Egresses are its own, in the dialect of the real server: snake_case, every default,
 * 64-bit integers as strings. What else is asked for goes to `forward`, a real server, or is answered from `rooms`:
 * {name: {identity: [{sid, type}]}}. Every token is verified as LiveKit verifies it.
 */
export class LiveKit {
  constructor(t, { forward } = {}) {
    this.forward = forward;
    this.rooms = {};
    this.egresses = [];
    this.requests = [];
    this.failing = {}; // by method: {status, code, msg}
    this.workers = undefined; // see egressworkers.mjs
    this.server = http.createServer((request, response) => {
      this.answer(request, response).catch((error) => response.writeHead(500).end(String(error)));
    });
    t.after(() => { this.server.closeAllConnections(); this.server.close(); });
  }

  async listen() {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.url = `ws://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  settings() {
    return { LIVEKIT_URL: this.url, LIVEKIT_API_KEY: KEY, LIVEKIT_API_SECRET: SECRET };
  }

  asked(method) { return this.requests.filter((request) => request.method === method); }

  async askedFor(method, count = 1) {
    return eventually(() => this.asked(method).length >= count && this.asked(method),
      () => `${method} is asked for ${count} times: ${JSON.stringify(this.requests.map((r) => r.method))}`);
  }

  async answer(request, response) {
    const body = await bodyOf(request);
    const method = request.url.split('/').pop();
    if (this.forward && !request.url.startsWith('/twirp/livekit.Egress/')) return this.pass(request, body, response);
    const reply = (status, value) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
    let grants;
    try {
      grants = await new TokenVerifier(KEY, SECRET).verify((request.headers.authorization ?? '').replace(/^Bearer /, ''));
    } catch (error) {
      return response.writeHead(401, { 'Content-Type': 'text/plain' }).end(`invalid authorization token: ${error.message}`);
    }
    const call = { method, body: JSON.parse(body), video: grants.video };
    this.requests.push(call);
    if (this.failing[method] === 'hang') return undefined;
    if (this.failing[method]) return reply(this.failing[method].status, this.failing[method]);
    if (!this.permitted(call)) return reply(401, { code: 'unauthenticated', msg: 'permissions denied' });
    const [status, value] = this[method]?.(call.body) ?? [404, { code: 'bad_route', msg: `no handler for ${method}` }];
    return reply(status, value);
  }

  permitted({ method, body, video }) {
    if (method === 'ListRooms') return video.roomList;
    if (method === 'ListParticipants') return video.roomAdmin && video.room === body.room;
    return video.roomRecord;
  }

  async pass(request, body, response) {
    const answer = await fetch(this.forward + request.url, { method: request.method, body,
      headers: { authorization: request.headers.authorization, 'content-type': request.headers['content-type'] } });
    response.writeHead(answer.status, { 'Content-Type': answer.headers.get('content-type') }).end(await answer.text());
  }

  ListRooms() {
    return [200, { rooms: Object.keys(this.rooms).map((name) => ({ sid: `RM_${name}`, name, num_participants: 0, creation_time: '1' })) }];
  }

  ListParticipants({ room }) {
    const participants = Object.entries(this.rooms[room] ?? {}).map(([identity, tracks]) => ({
      sid: `PA_${identity}`, identity, name: identity, kind: 'STANDARD', state: 'ACTIVE',
      tracks: tracks.map((track) => ({ type: 'AUDIO', muted: false, encryption: 'NONE', mime_type: 'audio/red', ...track })) }));
    return [200, { participants }];
  }

  ListEgress({ roomName, active }) {
    const items = this.egresses.filter((e) => (!roomName || e.room_name === roomName) && (!active || LIVE.includes(e.status)));
    return [200, { items, next_page_token: null }];
  }

  start(kind, request, fields) {
    const info = { egress_id: `EG_${this.egresses.length + 1}`, room_id: `RM_${request.roomName}`, room_name: request.roomName,
      source_type: 'EGRESS_SOURCE_TYPE_SDK', status: 'EGRESS_STARTING', started_at: String(Date.now() * 1e6), ended_at: '0',
      updated_at: '0', [kind]: { room_name: request.roomName, ...fields }, stream_results: [], error: '', error_code: 0, details: '' };
    this.egresses.push(info);
    return [200, info];
  }

  /** As LiveKit: accepted at once, also when it cannot work. `workers`, if there are any, do it. */
  StartTrackEgress(request) {
    const [status, info] = this.start('track', request, { track_id: request.trackId, websocket_url: request.websocketUrl });
    const answer = { ...info };
    this.workers?.started(info);
    return [status, answer];
  }

  isLive(egress) { return LIVE.includes(egress.status); }

  StartRoomCompositeEgress(request) { return this.start('room_composite', request, { layout: request.layout }); }

  StopEgress({ egressId }) {
    const egress = this.egresses.find((e) => e.egress_id === egressId);
    if (!egress) return [404, { code: 'not_found', msg: 'egress does not exist' }];
    if (!LIVE.includes(egress.status)) return [412, { code: 'failed_precondition', msg: `egress with status ${egress.status} cannot be stopped` }];
    egress.status = 'EGRESS_ENDING';
    this.workers?.stopped(egress);
    return [200, egress];
  }
}

/** What LiveKit puts into Authorization of a webhook: a bare token over the hash of the body. */
export async function signedFor(body) {
  const token = new AccessToken(KEY, SECRET, { ttl: 300 });
  token.sha256 = crypto.createHash('sha256').update(body).digest('base64');
  return token.toJwt();
}

/** Posts a webhook as LiveKit does: its status. */
export async function webhook(daemon, event) {
  const body = JSON.stringify({ id: `EV_${crypto.randomBytes(6).toString('hex')}`, createdAt: String(Math.floor(Date.now() / 1000)), ...event });
  const answer = await fetch(`${daemon.url}/livekit/webhook`, { method: 'POST', body,
    headers: { 'Content-Type': 'application/webhook+json', Authorization: await signedFor(body) } });
  return answer.status;
}
