// Signed media URLs, made by tools/sign-url and by code of another language, and what is refused.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import path from 'node:path';
import { test } from 'node:test';
import { runDaemon, startDaemon } from './support/daemon.mjs';
import { build, built, run } from './support/program.mjs';
import { close, connect, egressPath, refused, send, STEREO_48K } from './support/track.mjs';
import { assertSameAudio, noise } from './support/wav.mjs';

const SECRET = 'first-secret-of-the-test-0123456789abcdef';
const NEXT_SECRET = 'second-secret-of-the-test-fedcba987654321';
const TOKEN = { EGRESS_AUTH: 'token', EGRESS_AUTH_SECRET: SECRET };
const AUDIO = noise(1920 * 20, 3);

/** Runs sign-url; the path and query of what it prints. */
async function signed(daemon, args, secret = SECRET) {
  const { code, stdout, stderr } = await run(path.join(build, 'tools/sign-url'),
    ['--url', `ws://127.0.0.1:${daemon.port}/egress-audio`, ...args], { env: { ...process.env, EGRESS_AUTH_SECRET: secret } });
  assert.equal(code, 0, stderr);
  assert.equal((stdout + stderr).includes(secret), false);
  return stdout.trim().slice(`ws://127.0.0.1:${daemon.port}`.length);
}

/** The canonical string as the documentation has it, in other words than the service's. */
function tokenOf(parameters, expires, secret = SECRET) {
  const encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const lines = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}=${encode(value)}`);
  const mac = crypto.createHmac('sha256', secret).update(['v1', expires, '/egress-audio', ...lines].join('\n')).digest('base64url');
  return `v1.${expires}.${mac}`;
}

const soon = () => Math.floor(Date.now() / 1000) + 60;

async function record(daemon, target, meeting, trackId) {
  const socket = await connect(daemon, target);
  await send(socket, AUDIO);
  await close(socket);
  assertSameAudio((await daemon.ended(meeting, trackId)).wav.data, AUDIO, 'the recording');
}

function assertRefusal({ status, body, headers }, code, token) {
  assert.equal(status, 401, body);
  assert.ok(headers['www-authenticate']);
  const { error } = JSON.parse(body);
  assert.equal(error.code, code);
  assert.equal(error.parameter, 'token');
  if (token) assert.equal(body.includes(token), false);
}

test('a URL of sign-url is let in, also a second time, and records byte by byte', async (t) => {
  const daemon = await startDaemon(t, TOKEN);
  const target = await signed(daemon, ['--room', 'my room/ü', '--track', 'TR_1', '--participant', "o'neill", '--meeting', 'RM_1']);
  await record(daemon, target, 'RM_1', 'TR_1');
  await close(await connect(daemon, target));
});

test('the documented canonical string is what the service checks', async (t) => {
  const daemon = await startDaemon(t, TOKEN);
  const parameters = { roomName: "r (1)*!'~", trackId: 'TR_1', meetingId: 'RM ü', sampleRate: '48000', channels: '2' };
  await record(daemon, egressPath({ ...parameters, token: tokenOf(parameters, soon()) }), 'RM ü', 'TR_1');
});

test('what is wrong with a token is said, its value never', async (t) => {
  const daemon = await startDaemon(t, { ...TOKEN, LOG_LEVEL: 'debug' });
  const parameters = { roomName: 'r', trackId: 'TR_1', ...STEREO_48K };
  const good = tokenOf(parameters, soon());
  const old = tokenOf(parameters, soon() - 3600);
  const strange = tokenOf(parameters, soon(), NEXT_SECRET);
  assertRefusal(await refused(daemon, egressPath(parameters)), 'token_missing');
  assertRefusal(await refused(daemon, egressPath({ ...parameters, token: `${good}x` })), 'token_malformed', good);
  assertRefusal(await refused(daemon, egressPath({ ...parameters, token: strange })), 'token_mismatch', strange);
  assertRefusal(await refused(daemon, egressPath({ ...parameters, roomName: 'q', token: good })), 'token_mismatch', good);
  assertRefusal(await refused(daemon, egressPath({ ...parameters, trackId: 'TR_2', token: good })), 'token_mismatch', good);
  assertRefusal(await refused(daemon, egressPath({ ...parameters, token: old })), 'token_expired', old);
  assert.deepEqual(daemon.recordings(), []);
  await daemon.stop();
  for (const secret of [SECRET, good, old, strange]) assert.equal(daemon.program.said.includes(secret), false);
});

test('while the secret is changed the old and the new one are let in', async (t) => {
  const daemon = await startDaemon(t, { ...TOKEN, EGRESS_AUTH_SECRET: `${NEXT_SECRET},${SECRET}` });
  const args = ['--room', 'r', '--track', 'TR_1'];
  await close(await connect(daemon, await signed(daemon, args, SECRET)));
  await close(await connect(daemon, await signed(daemon, args, NEXT_SECRET)));
});

test('egress-sim signs the URL of every track', async (t) => {
  const daemon = await startDaemon(t, TOKEN);
  const simulate = (...args) => run(built.egressSim, ['--url', `ws://127.0.0.1:${daemon.port}/egress-audio`, '--fast', '--quiet',
    '--tracks', '3', '--duration', '0.2', '--meeting', 'RM_sim', ...args], { env: { ...process.env, EGRESS_AUTH_SECRET: SECRET } });
  assert.equal((await simulate('--sign')).code, 0);
  await daemon.logged('RM_sim', { event: 'ended', outcome: 'ok' }, 3);
  assert.equal((await simulate()).code, 1, 'without a token it is refused');
});

test('sign-url takes no secret from the command line and says what is missing', async () => {
  const signUrl = (args, env) => run(path.join(build, 'tools/sign-url'), args, { env: { PATH: process.env.PATH, ...env } });
  const url = ['--url', 'wss://media.example.com/egress-audio'];
  for (const [args, env, expected] of [
    [[...url, '--room', 'r'], {}, /EGRESS_AUTH_SECRET is not set/],
    [[...url, '--room', 'r'], { EGRESS_AUTH_SECRET: 'short' }, /32 or more/],
    [url, { EGRESS_AUTH_SECRET: SECRET }, /roomName is required/],
    [['--room', 'r'], { EGRESS_AUTH_SECRET: SECRET }, /--url is missing/],
    [['--url', 'http://h/p', '--room', 'r'], { EGRESS_AUTH_SECRET: SECRET }, /--url/],
    [['--url', 'wss://u:p@h/p', '--room', 'r'], { EGRESS_AUTH_SECRET: SECRET }, /--url/],
    [[...url, '--secret', SECRET], {}, /--secret/],
  ]) {
    const { code, stdout, stderr } = await signUrl(args, env);
    assert.equal(code, 2, args.join(' '));
    assert.match(stderr, expected);
    assert.equal(stdout, '');
  }
  const help = await signUrl(['--help']);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /--ttl/);
});

test('off loopback the daemon refuses to start until EGRESS_AUTH says who is let in', async (t) => {
  for (const settings of [{}, { EGRESS_AUTH_SECRET: SECRET }, { EGRESS_AUTH: 'token' }]) {
    const { code, stdout, stderr } = await runDaemon(t, { HOST: '0.0.0.0', ...settings });
    assert.equal(code, 2, stderr);
    assert.match(stderr, /EGRESS_AUTH/);
    assert.match(stderr, /EGRESS_AUTH_SECRET/);
    assert.equal(stdout, '');
    assert.equal(stderr.includes(SECRET), false);
  }
  const open = await startDaemon(t, { HOST: '0.0.0.0', EGRESS_AUTH: 'none' });
  assert.match(open.stderr, /EGRESS_AUTH is none: anyone/);
  await close(await connect(open, egressPath({ roomName: 'r' })));
  const closed = await startDaemon(t, { HOST: '0.0.0.0', ...TOKEN });
  assertRefusal(await refused(closed, egressPath({ roomName: 'r' })), 'token_missing');
});

test('no secret is in what the daemon prints, answers or writes, whatever goes wrong', async (t) => {
  const key = 'api-key-that-nobody-may-see';
  const userinfo = 'user-name:pass-word-of-the-url';
  const daemon = await startDaemon(t, { ...TOKEN, LOG_LEVEL: 'debug', IMENTIV_API_KEY: key, IMENTIV_MAX_ATTEMPTS: '1',
    IMENTIV_ENDPOINT_URL: `http://${userinfo}@127.0.0.1:1/analyse?access=query-secret` });
  const parameters = { roomName: 'r', trackId: 'TR_1', meetingId: 'RM_1', ...STEREO_48K };
  const token = tokenOf(parameters, soon());
  const socket = await connect(daemon, egressPath({ ...parameters, token }));
  await send(socket, noise(1920 * 300, 2));
  await daemon.logged('RM_1', { event: 'block' });
  await close(socket);
  const { body } = await refused(daemon, egressPath({ ...parameters, trackId: 'TR_2', token }));
  await daemon.logged('RM_1', { event: 'ended' });
  await daemon.stop();
  const written = daemon.program.stdout + daemon.program.stderr + body + daemon.logText('RM_1') + daemon.files().join('\n');
  assert.match(written, /TR_1/);
  for (const secret of [SECRET, token, token.split('.')[2], key, userinfo, 'pass-word-of-the-url', 'query-secret']) {
    assert.equal(written.includes(secret), false, `${secret.slice(0, 8)}… is in:\n${written.slice(-3000)}`);
  }
});
