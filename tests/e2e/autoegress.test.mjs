// LiveKit sends every published audio track here, once, whatever webhooks, replicas and its own egresses do.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { askJson, tell as send } from './support/ask.mjs';
import { runDaemon, startDaemon } from './support/daemon.mjs';
import { postgresDatabase } from './support/database.mjs';
import { EgressWorkers, PUBLIC_URL } from './support/egressworkers.mjs';
import { eventually } from './support/eventually.mjs';
import { LiveKit, webhook } from './support/livekit.mjs';
import { build, run } from './support/program.mjs';

const SECRET = '0123456789abcdef0123456789abcdef';
const AUTO = { LIVEKIT_AUTO_EGRESS: 'true', EGRESS_PUBLIC_URL: PUBLIC_URL };
const QUICK = { LIVEKIT_RECONCILE_MS: '100' };
const ONLY_WEBHOOKS = { LIVEKIT_RECONCILE_MS: '0' };

/** A LiveKit with egresses, and a daemon that asks it: {livekit, workers, daemon}. */
async function started(t, settings = {}, options = {}) {
  const livekit = await new LiveKit(t).listen();
  const place = { livekit };
  place.workers = new EgressWorkers(t, livekit, { balance: () => place.daemon, ...options });
  place.daemon = await startDaemon(t, { ...livekit.settings(), ...AUTO, ...settings });
  return place;
}

const room = { sid: 'RM_daily', name: 'daily' };
const ann = { sid: 'PA_ann', identity: 'ann' };

/** As LiveKit: an audio track has no type. */
async function tell(daemon, event, fields = {}) {
  assert.equal(await webhook(daemon, { event, room, participant: ann, ...fields }), 204);
}
const publish = (daemon, sid, fields = {}) => tell(daemon, 'track_published', { track: { sid, source: 'MICROPHONE', mimeType: 'audio/red', ...fields } });

async function bearer(role) {
  const { code, stdout, stderr } = await run(path.join(build, 'tools/token'), ['--role', role], { env: { ...process.env, API_TOKEN_SECRET: SECRET } });
  assert.equal(code, 0, stderr);
  return { authorization: `Bearer ${stdout.trim()}` };
}

/** Once the egress of a track is as said, by the API. */
async function egressIs(daemon, trackId, wanted) {
  let found;
  return eventually(async () => {
    const { egresses } = await askJson(daemon, '/api/egress?limit=200');
    found = egresses.find((egress) => egress.trackId === trackId);
    return found && wanted(found) && found;
  }, () => `the egress of ${trackId} is so: ${wanted} ${JSON.stringify(found)}\n${daemon.program.output()}`);
}
const runs = (daemon, trackId) => egressIs(daemon, trackId, (egress) => egress.state === 'running');
const recorded = (daemon, trackId, count = 1) => daemon.logged('RM_daily', { event: 'started', trackId }, count);

test('a published track is recorded without anybody asking, by a signed URL that nobody sees', async (t) => {
  const { livekit, workers, daemon } = await started(t, { ...ONLY_WEBHOOKS, EGRESS_AUTH: 'token', EGRESS_AUTH_SECRET: SECRET, LOG_LEVEL: 'debug' });
  await publish(daemon, 'TR_1');
  await recorded(daemon, 'TR_1');
  const [{ body }] = livekit.asked('StartTrackEgress');
  const url = new URL(body.websocketUrl);
  assert.deepEqual([body.roomName, body.trackId, url.protocol, url.host, url.pathname], ['daily', 'TR_1', 'wss:', 'media.example.org', '/egress-audio']);
  const { token, ...parameters } = Object.fromEntries(url.searchParams);
  assert.deepEqual(parameters, { roomName: 'daily', participant: 'ann', trackId: 'TR_1', meetingId: 'RM_daily', sampleRate: '48000', channels: '2' });
  const [entry] = (await askJson(daemon, '/api/egress')).egresses;
  assert.deepEqual({ ...entry, status: '', startedAt: '' }, { egressId: 'EG_1', roomName: 'daily', meetingId: 'RM_daily', participant: 'ann',
    trackId: 'TR_1', state: 'running', status: '', reason: null, failures: 0, startedAt: '' });
  workers.stopped(livekit.egresses[0]); // its track has ended
  await tell(daemon, 'track_unpublished', { track: { sid: 'TR_1' } });
  const { line, wav } = await daemon.ended('RM_daily', 'TR_1');
  assert.deepEqual([line.outcome, wav.channels, wav.rate], ['ok', 2, 48000]);
  await eventually(async () => (await askJson(daemon, '/api/egress')).egresses.length === 0, 'it is forgotten');
  assert.ok(!daemon.stderr.includes(token) && !daemon.stderr.includes(SECRET), 'no secret in the log');
});

test('one egress per track, however often and in whichever way it is heard of', async (t) => {
  const { livekit, workers, daemon } = await started(t, QUICK);
  livekit.rooms = { daily: { ann: [{ sid: 'TR_1' }], bob: [{ sid: 'TR_2' }, { sid: 'TR_V', type: 'VIDEO' }, { sid: 'TR_E', encryption: 'GCM' }] } };
  await Promise.all(Array.from({ length: 20 }, () => publish(daemon, 'TR_1')));
  await publish(daemon, 'TR_W', { type: 'VIDEO' });
  for (const track of ['TR_1', 'TR_2']) await recorded(daemon, track);
  await egressIs(daemon, 'TR_E', (egress) => egress.state === 'encrypted' && egress.reason);
  const surveys = livekit.asked('ListEgress').filter(({ body }) => body.active).length;
  await eventually(() => livekit.asked('ListEgress').filter(({ body }) => body.active).length > surveys + 3, 'it was looked at again');
  assert.deepEqual(livekit.asked('StartTrackEgress').map(({ body }) => body.trackId).sort(), ['TR_1', 'TR_2']);
  assert.deepEqual([...workers.most.values()], [1, 1]);
});

test('what failed is started again, later and later, and why is told', async (t) => {
  const { livekit, workers, daemon } = await started(t, ONLY_WEBHOOKS);
  livekit.failing.StartTrackEgress = { status: 503, code: 'unavailable', msg: 'no response from servers' };
  await publish(daemon, 'TR_1');
  await egressIs(daemon, 'TR_1', ({ state, failures, reason }) => state === 'waiting' && failures >= 1 && /capacity|no response/.test(reason));
  workers.failing.push({ error: 'dial tcp 10.0.0.2:443: connect: connection refused', error_code: 400 },
    { error: 'websocket: bad handshake', error_code: 400 });
  delete livekit.failing.StartTrackEgress;
  await recorded(daemon, 'TR_1');
  // In the log, because each is the state for the pause before the next try alone.
  for (const reason of ['cannot reach EGRESS_PUBLIC_URL', 'was not let in']) {
    assert.match(daemon.stderr, new RegExp(`LiveKit's egress failed .*trackId=TR_1 .*${reason}`));
  }
  const metrics = await (await fetch(`${daemon.url}/metrics`)).text();
  assert.match(metrics, /^livemeeting_egress_started_total 3$/m);
  assert.match(metrics, /^livemeeting_egress_tracks\{state="running"\} 1$/m);
});

test('a socket that breaks gets a new egress, and the track a second recording', async (t) => {
  const { livekit, daemon, workers } = await started(t, ONLY_WEBHOOKS);
  await publish(daemon, 'TR_1');
  await recorded(daemon, 'TR_1');
  workers.programs.get('EG_1').kill('SIGKILL');
  await recorded(daemon, 'TR_1', 2);
  assert.equal(livekit.asked('StartTrackEgress').length, 2);
  assert.deepEqual([...workers.most.values()], [1]);
});

test('without a single webhook: surveys find tracks, follow a participant to a new one, and end the session', async (t) => {
  const { livekit, workers, daemon } = await started(t, QUICK, { hear: () => undefined });
  livekit.rooms = { daily: { ann: [{ sid: 'TR_1' }] } };
  await recorded(daemon, 'TR_1');
  await eventually(async () => (await askJson(daemon, '/api/sessions/RM_daily')).status === 'ACTIVE', 'the session is there');
  livekit.rooms = { daily: { ann: [{ sid: 'TR_2' }] } };
  workers.stopped(livekit.egresses[0]);
  await recorded(daemon, 'TR_2');
  await daemon.ended('RM_daily', 'TR_1');
  livekit.rooms = {};
  await eventually(async () => (await askJson(daemon, '/api/sessions/RM_daily')).status === 'ENDED', 'the session ends');
  // Its socket was overlooked by LiveKit itself: nobody publishes this track any more.
  await daemon.ended('RM_daily', 'TR_2');
  assert.match(daemon.stderr, /stopping an egress that nobody needs egressId=EG_2/);
});

test('by hand: started once, stopped for good, and what is wrong is named', async (t) => {
  const { livekit, workers, daemon } = await started(t, { LIVEKIT_AUTO_EGRESS: 'false', ...QUICK });
  livekit.rooms = { daily: { ann: [{ sid: 'TR_1' }, { sid: 'TR_V', type: 'VIDEO' }, { sid: 'TR_E', encryption: 'GCM' }] } };
  const post = async (body) => {
    const { status, body: text } = await send(daemon, 'POST', '/api/egress', body);
    return { code: status, ...JSON.parse(text) };
  };
  for (const [body, status, parameter] of [[{ trackId: 'TR_1' }, 400, 'roomName'], [{ roomName: 'daily' }, 400, 'trackId'], [{ roomName: 'daily', trackId: 7 }, 400, 'trackId'],
    [{ roomName: 'daily', trackId: 'TR_1', url: 'ws://evil' }, 400, 'url'], [{ roomName: 'daily', trackId: 'TR_V' }, 400, 'trackId'],
    [{ roomName: 'daily', trackId: 'TR_9' }, 404, 'trackId'], [{ roomName: 'daily', trackId: 'TR_E' }, 409, 'trackId']]) {
    const answer = await post(body);
    assert.deepEqual([answer.code, answer.error.parameter], [status, parameter], JSON.stringify(answer));
  }
  await publish(daemon, 'TR_1');
  assert.deepEqual(livekit.asked('StartTrackEgress'), [], 'nothing starts by itself');
  const first = await post({ roomName: 'daily', trackId: 'TR_1' });
  assert.deepEqual([first.code, first.egressId, first.participant, first.state], [201, 'EG_1', 'ann', 'running']);
  assert.equal((await post({ roomName: 'daily', trackId: 'TR_1' })).code, 200);
  await recorded(daemon, 'TR_1');
  assert.equal((await send(daemon, 'DELETE', '/api/egress/EG_unknown')).status, 404);
  assert.equal((await send(daemon, 'DELETE', `/api/egress/${first.egressId}`)).status, 204);
  await daemon.ended('RM_daily', 'TR_1');
  assert.equal((await send(daemon, 'DELETE', `/api/egress/${first.egressId}`)).status, 204, 'it has ended already');
  const { reason } = await egressIs(daemon, 'TR_1', ({ state }) => state === 'stopped');
  assert.match(reason, /it was stopped/);
  assert.equal(livekit.asked('StartTrackEgress').length, 1);
  let answered;
  workers.failing.push({ after: new Promise((resolve) => { answered = resolve; }), error: 'dial tcp: connection refused', error_code: 400 });
  assert.equal((await post({ roomName: 'daily', trackId: 'TR_1' })).code, 201, 'accepted; it fails later, and is started again');
  answered();
  await recorded(daemon, 'TR_1', 2);
  assert.deepEqual([...workers.most.values()], [1]);
});

test('who may start and stop: operators, and nobody where LiveKit is not known', async (t) => {
  const daemon = await startDaemon(t, { API_TOKEN_SECRET: SECRET });
  for (const [method, at] of [['POST', '/api/egress'], ['DELETE', '/api/egress/EG_1']]) {
    assert.equal((await send(daemon, method, at, {})).status, 401);
    assert.equal((await send(daemon, method, at, {}, await bearer('viewer'))).status, 403);
    const answer = await send(daemon, method, at, {}, await bearer('operator'));
    assert.equal(answer.status, 503);
    assert.match(answer.body, /LIVEKIT_URL is not set/);
  }
});

test('replicas with one database start one egress per track', async (t) => {
  const database = await postgresDatabase(t);
  const livekit = await new LiveKit(t).listen();
  const replicas = [];
  const workers = new EgressWorkers(t, livekit, { balance: ({ egress_id: id }) => replicas[Number(id.slice(3)) % 2] });
  const settings = { ...livekit.settings(), ...AUTO, ...QUICK, DATABASE_URL: database.url };
  for (let i = 0; i < 2; ++i) replicas.push(await startDaemon(t, settings));
  const tracks = Array.from({ length: 12 }, (_, i) => `TR_${i}`);
  livekit.rooms = { daily: { ann: tracks.map((sid) => ({ sid })) } };
  await Promise.all(tracks.flatMap((track) => replicas.map((daemon) => publish(daemon, track))));
  for (const track of tracks) for (const daemon of replicas) await runs(daemon, track);
  assert.deepEqual(livekit.asked('StartTrackEgress').map(({ body }) => body.trackId).sort(), [...tracks].sort());
  assert.deepEqual([...workers.most.values()], tracks.map(() => 1));
  // One of them dies, and LiveKit's webhooks of that are lost: the other one starts what was sent to it.
  workers.hear = () => undefined;
  workers.balance = () => replicas[1];
  const dead = livekit.egresses.filter((egress) => Number(egress.egress_id.slice(3)) % 2 === 0);
  await replicas[0].stop();
  await eventually(() => tracks.every((track) => workers.live(track) === 1) && dead.every((egress) => !livekit.isLive(egress)),
    () => `every track is sent again: ${JSON.stringify(livekit.egresses.map((e) => [e.egress_id, e.track.track_id, e.status]))}\n${replicas[1].program.output()}`);
  assert.deepEqual([...workers.most.values()], tracks.map(() => 1));
});

for (const [end, signal] of [['ends in order', 'SIGTERM'], ['is killed', 'SIGKILL']]) {
  test(`a daemon that ${end} and comes back goes on with every track, without a webhook`, async (t) => {
    const livekit = await new LiveKit(t).listen();
    const daemons = [];
    const workers = new EgressWorkers(t, livekit, { balance: () => daemons.at(-1), hear: () => undefined });
    const settings = { ...livekit.settings(), ...AUTO, ...QUICK };
    daemons.push(await startDaemon(t, settings, { cleanEnd: signal === 'SIGTERM' }));
    livekit.rooms = { daily: { ann: [{ sid: 'TR_1' }] } };
    await recorded(daemons[0], 'TR_1');
    daemons[0].program.kill(signal);
    await daemons[0].program.end();
    daemons.push(await startDaemon(t, { ...settings, DATABASE_URL: `sqlite:${daemons[0].databaseFile}` }));
    await recorded(daemons[1], 'TR_1');
    assert.deepEqual([...workers.most.values()], [1]);
  });
}

test('a start that LiveKit does not answer holds up no shutdown', async (t) => {
  const { livekit, daemon } = await started(t, ONLY_WEBHOOKS);
  livekit.failing.StartTrackEgress = 'hang';
  await publish(daemon, 'TR_1');
  await livekit.askedFor('StartTrackEgress');
  livekit.failing.ListEgress = 'hang';
  await publish(daemon, 'TR_2');
  await livekit.askedFor('ListEgress', 2);
  await daemon.stop();
});

test('a LiveKit that is away is told of once, and found again', async (t) => {
  const { livekit, daemon } = await started(t, { LIVEKIT_RECONCILE_MS: '20' });
  livekit.failing.ListRooms = { status: 500, code: 'internal', msg: 'no' };
  const before = livekit.requests.length;
  await eventually(() => livekit.requests.length > before + 8, 'it is asked again');
  delete livekit.failing.ListRooms;
  await eventually(() => /livekit: it answers again/.test(daemon.stderr), 'it answers');
  assert.equal(daemon.stderr.match(/could not be asked what there is/g).length, 1);
});

test('half a configuration stops the start and names what is missing', async (t) => {
  const settings = { LIVEKIT_AUTO_EGRESS: 'true', LIVEKIT_URL: 'ws://127.0.0.1:1', LIVEKIT_API_KEY: 'k', LIVEKIT_API_SECRET: 's' };
  const without = await runDaemon(t, settings);
  assert.equal(without.code, 2);
  assert.match(without.stderr, /EGRESS_PUBLIC_URL must be set because LIVEKIT_AUTO_EGRESS is true/);
  for (const url of ['https://media.example.org', 'media.example.org', 'wss://ann:hunter2@media.example.org', 'wss://media.example.org/?a=b']) {
    const wrong = await runDaemon(t, { ...settings, EGRESS_PUBLIC_URL: url });
    assert.equal(wrong.code, 2, url);
    assert.match(wrong.stderr, /EGRESS_PUBLIC_URL must be an absolute URL/);
    assert.ok(!wrong.stderr.includes('hunter2'));
  }
});
