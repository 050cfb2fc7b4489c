// What the browser client asks for: tokens, checked by LiveKit's own SDK, recordings, and its configuration.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';
import Ajv from 'ajv';
import { TokenVerifier } from 'livekit-server-sdk';
import YAML from 'yaml';
import { ask } from './support/ask.mjs';
import { runDaemon, startDaemon } from './support/daemon.mjs';
import { eventually } from './support/eventually.mjs';
import { KEY, LiveKit, SECRET } from './support/livekit.mjs';
import { assertJsonLog } from './support/openapi.mjs';
import { source } from './support/program.mjs';

const S3 = { S3_KEY_ID: 'id', S3_KEY_SECRET: 'the-secret-of-s3', S3_BUCKET: 'bucket', S3_REGION: 'eu-west-1' };
const openapi = YAML.parse(fs.readFileSync(path.join(source, 'schemas/openapi-meet.yaml'), 'utf8'), { merge: true });
const ajv = new Ajv({ strict: false });

function assertDocumented(route, method, answer) {
  const { responses } = openapi.paths[route][method.toLowerCase()];
  const found = responses[answer.status] ?? responses.default;
  const response = found.$ref ? openapi.components.responses.Problem : found;
  const validate = ajv.compile(response.content['application/json'].schema);
  assert.ok(validate(JSON.parse(answer.body)), `${route} ${answer.status}: ${answer.body} ${JSON.stringify(validate.errors)}`);
}

/** Asks, and checks the answer against the documentation. */
async function get(at, target, { method = 'GET', headers = {} } = {}) {
  const answer = await ask(at, method, target, headers);
  assertDocumented(target.split('?')[0], method, answer);
  return answer;
}

async function started(t, settings = {}) {
  const livekit = await new LiveKit(t).listen();
  const daemon = await startDaemon(t, { ...livekit.settings(), MEET_PORT: '0', LIVEKIT_RECONCILE_MS: '0', ...settings });
  return { livekit, daemon, meet: await daemon.meet() };
}

test('every route is documented, every documented path is a route', async (t) => {
  const { daemon } = await started(t, { LOG_LEVEL: 'debug', LOG_FORMAT: 'json' });
  const routes = assertJsonLog(daemon.stderr).filter((line) => line.component === 'meet' && line.message === 'route');
  assert.deepEqual(routes.map((route) => route.path).sort(), Object.keys(openapi.paths).sort());
  for (const { path: route, methods } of routes) {
    const wanted = methods.split(', ').filter((method) => method !== 'HEAD' && method !== 'OPTIONS');
    assert.deepEqual(Object.keys(openapi.paths[route]).map((method) => method.toUpperCase()).sort(), wanted.sort(), route);
  }
});

test('a token lets its participant into its room, as LiveKit verifies it', async (t) => {
  const { livekit, meet } = await started(t, { LIVEKIT_TOKEN_TTL: '2m' });
  const answer = await get(meet, '/api/connection-details?roomName=my%20room&participantName=J%C3%BCrgen&metadata=%7B%7D');
  const details = JSON.parse(answer.body);
  assert.deepEqual({ ...details, participantToken: '' },
    { serverUrl: livekit.url, roomName: 'my room', participantToken: '', participantName: 'Jürgen' });
  const claims = await new TokenVerifier(KEY, SECRET).verify(details.participantToken);
  assert.match(claims.sub, /^Jürgen__[a-z0-9]{4}$/);
  assert.deepEqual([claims.name, claims.metadata, claims.exp - claims.nbf], ['Jürgen', '{}', 120]);
  assert.deepEqual(claims.video, { room: 'my room', roomJoin: true, canPublish: true, canPublishData: true,
    canSubscribe: true, canUpdateOwnMetadata: true });
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.equal(answer.headers['access-control-allow-origin'], undefined, 'no token for pages of other sites');
});

test('a page that is loaded again is the same participant', async (t) => {
  const { meet } = await started(t);
  const target = '/api/connection-details?roomName=r&participantName=a';
  const first = await get(meet, target);
  const [cookie] = first.headers['set-cookie'][0].split(';');
  const again = await get(meet, target, { headers: { cookie } });
  const subject = async ({ body }) => (await new TokenVerifier(KEY, SECRET).verify(JSON.parse(body).participantToken)).sub;
  assert.equal(await subject(first), await subject(again));
  const seen = (await subject(first)).slice(-4);
  const forged = await get(meet, target, { headers: { cookie: `random-participant-postfix=${seen}` } });
  assert.match(await subject(forged), /^a__[a-z0-9]{4}$/);
  assert.notEqual(await subject(forged), await subject(first), 'who sees an identity cannot take it');
});

test('an address that asks for too many tokens waits, others do not', async (t) => {
  const { daemon, meet } = await started(t, { MEET_MAX_TOKENS_PER_SECOND: '1', TRUSTED_PROXIES: '127.0.0.1', EGRESS_AUTH: 'none' });
  const asked = (client) => get(meet, '/api/connection-details?roomName=r&participantName=a', { headers: { 'X-Forwarded-For': client } });
  const limited = await eventually(async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => asked('192.0.2.1')));
    return answers.find(({ status }) => status === 429);
  }, 'the limit is reached');
  assert.equal(limited.headers['retry-after'], '1');
  assert.equal(JSON.parse(limited.body).error.code, 'too_many_requests');
  assert.equal((await asked('192.0.2.2')).status, 200);
  assert.match(daemon.stderr, /refused.*code=too_many_requests client=192\.0\.2\.1/);
});

test('what is missing is said with the codes of the specification', async (t) => {
  const { meet } = await started(t, S3);
  const status = async (target) => (await get(meet, target)).status;
  assert.equal(await status('/api/connection-details'), 400);
  assert.equal(await status('/api/connection-details?roomName=r'), 400);
  assert.equal(await status('/api/record/start'), 403);
  assert.equal(await status('/api/record/stop'), 403);
  const bare = await (await startDaemon(t, { MEET_PORT: '0' })).meet();
  const unset = await get(bare, '/api/connection-details?roomName=r&participantName=a');
  assert.equal(unset.status, 500);
  assert.match(unset.body, /LIVEKIT_URL is not defined/);
  assert.equal((await get(bare, '/api/record/start?roomName=r')).status, 500);
});

test('a recording is started once, and stopped; the egress of a track goes on', async (t) => {
  const { livekit, daemon, meet } = await started(t, S3);
  livekit.StartTrackEgress({ roomName: 'demo', trackId: 'TR_1', websocketUrl: 'ws://127.0.0.1/' });
  const first = await get(meet, '/api/record/start?roomName=demo');
  assert.equal(first.status, 200, first.body);
  const [call] = livekit.asked('StartRoomCompositeEgress');
  assert.deepEqual(call.video, { roomRecord: true });
  assert.equal(call.body.layout, 'speaker');
  const { filepath, s3 } = call.body.fileOutputs[0];
  assert.match(filepath, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z-demo\.mp4$/);
  assert.deepEqual(s3, { accessKey: 'id', secret: 'the-secret-of-s3', bucket: 'bucket', region: 'eu-west-1' });
  assert.equal((await get(meet, '/api/record/start?roomName=demo')).status, 409);
  assert.equal((await get(meet, '/api/record/start?roomName=other', { method: 'POST' })).status, 200);
  assert.equal((await get(meet, '/api/record/stop?roomName=demo')).status, 200);
  assert.deepEqual(livekit.egresses.map((egress) => egress.status), ['EGRESS_STARTING', 'EGRESS_ENDING', 'EGRESS_STARTING']);
  assert.equal((await get(meet, '/api/record/stop?roomName=demo')).status, 404);
  assert.equal(daemon.program.said.includes('the-secret-of-s3'), false);
  assert.equal(first.body.includes('the-secret-of-s3'), false);
});

test('why LiveKit did not record is told', async (t) => {
  const { livekit, meet } = await started(t, S3);
  const status = async (failure) => {
    livekit.failing = failure;
    return (await get(meet, '/api/record/start?roomName=demo')).status;
  };
  assert.equal(await status({ StartRoomCompositeEgress: { status: 404, code: 'not_found', msg: 'requested room does not exist' } }), 404);
  assert.equal(await status({ StartRoomCompositeEgress: { status: 503, code: 'unavailable', msg: 'no response from servers' } }), 503);
  assert.equal(await status({ ListEgress: { status: 500, code: 'internal', msg: 'egress not connected (redis required)' } }), 503);
  assert.equal(await status({ ListEgress: { status: 401, code: 'unauthenticated', msg: 'permissions denied' } }), 500);
});

test('a page of another site cannot make its visitor record', async (t) => {
  const { livekit, meet } = await started(t, S3);
  const answer = await get(meet, '/api/record/start?roomName=demo', { headers: { 'Sec-Fetch-Site': 'cross-site' } });
  assert.equal(answer.status, 403);
  assert.deepEqual(livekit.requests, []);
});

test('off loopback nobody records without authorisation', async (t) => {
  const { livekit, meet } = await started(t, { ...S3, HOST: '0.0.0.0', EGRESS_AUTH: 'none' });
  const { port } = new URL(meet.url);
  const answer = await get({ url: `http://127.0.0.1:${port}` }, '/api/record/start?roomName=demo');
  assert.ok([401, 403].includes(answer.status), answer.body);
  assert.deepEqual(livekit.requests, []);
});

test('the client is told what there is', async (t) => {
  const { daemon, meet } = await started(t, { ...S3, NEXT_PUBLIC_ENABLE_TEST_PANELS: 'false' });
  assert.deepEqual(JSON.parse((await get(meet, '/api/config')).body), {
    endpoints: { connectionDetails: '/api/connection-details', recordStart: '/api/record/start', recordStop: '/api/record/stop' },
    features: { recording: true, analysis: false, settingsMenu: true, testPanels: false }, apiPort: daemon.port });
});

test('a MEET_PORT that is in use stops the start and is named', async (t) => {
  const other = net.createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.after(() => other.close());
  const { code, stderr } = await runDaemon(t, { MEET_PORT: String(other.address().port) });
  assert.equal(code, 1, stderr);
  assert.match(stderr, /MEET_PORT.*in use/);
});
