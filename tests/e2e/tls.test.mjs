// https and wss with certificates of a test authority: recordings, reload, and peers that do not get through a handshake.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import tls from 'node:tls';
import { Authority } from './support/certificates.mjs';
import { runDaemon, startDaemon } from './support/daemon.mjs';
import { eventually, within } from './support/eventually.mjs';
import { run } from './support/program.mjs';
import { frame, OP, RawPeer, upgradeRequest } from './support/rawpeer.mjs';
import { client, hear, heard } from './support/realtime.mjs';
import { close, connect, egressPath, healthyTrack, refused, send, STEREO_48K } from './support/track.mjs';
import { assertSameAudio, noise } from './support/wav.mjs';

async function startSecure(t, settings = {}) {
  const authority = new Authority(t);
  authority.install(authority.issue());
  const daemon = await startDaemon(t, { ...authority.settings, ...settings });
  daemon.ca = authority.pem;
  return { daemon, authority };
}

function secureSocket(daemon, options = {}) {
  const socket = tls.connect({ host: '127.0.0.1', port: daemon.port, ca: daemon.ca, servername: 'localhost', ...options });
  return within(new Promise((resolve, reject) => {
    socket.on('secureConnect', () => resolve(socket));
    socket.on('error', reject);
  }), 'the handshake is over');
}

/** What the server's certificate is known by. */
async function serial(daemon) {
  const socket = await secureSocket(daemon);
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

function plainSocket(t, daemon) {
  const peer = new RawPeer(net.connect(daemon.port, '127.0.0.1'));
  t.after(() => peer.socket.destroy());
  return peer;
}

/** The first bytes that a TLS client sends. */
async function clientHello() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = tls.connect({ host: '127.0.0.1', port: server.address().port, rejectUnauthorized: false });
  client.on('error', () => {});
  const [socket] = await once(server, 'connection');
  const [hello] = await once(socket, 'data');
  client.destroy();
  socket.destroy();
  server.close();
  return hello;
}

const track = (trackId, more = {}) => egressPath({ roomName: 'r', meetingId: 'RM_1', trackId, ...STEREO_48K, ...more });

test('an egress over wss is recorded byte by byte, in small messages and in a flood', async (t) => {
  const { daemon } = await startSecure(t);
  assert.match(daemon.url, /^https:/);
  for (const [trackId, size, bytes] of [['TR_small', 1920, 1920 * 200], ['TR_flood', 1 << 20, 6 << 20]]) {
    const audio = noise(bytes, 5);
    const socket = await connect(daemon, track(trackId));
    await send(socket, audio, size);
    assert.equal((await close(socket)).code, 1005);
    const { line, wav } = await daemon.ended('RM_1', trackId);
    assert.equal(line.outcome, 'ok', line.message);
    assertSameAudio(wav.data, audio, trackId);
  }
});

test('audio that comes in one record with the upgrade request is not lost', async (t) => {
  const { daemon } = await startSecure(t);
  const audio = noise(1920, 6);
  const mask = Buffer.from([0, 0, 0, 0]);
  const head = Buffer.from([0x82, 0x80 | 126, 0, 0]);
  head.writeUInt16BE(audio.length, 2);
  const peer = new RawPeer(await secureSocket(daemon));
  await peer.write(Buffer.concat([Buffer.from(upgradeRequest(track('TR_early'))), head, mask, audio,
    Buffer.from([0x88, 0x80, 0, 0, 0, 0])]));
  const { wav } = await daemon.ended('RM_1', 'TR_early');
  assertSameAudio(wav.data, audio, 'what came with the handshake');
  peer.socket.destroy();
});

test('stock clients of https are served: node, fetch, a refusal in the middle of a body', async (t) => {
  const { daemon, authority } = await startSecure(t, { HTTP_MAX_BODY_BYTES: '10' });
  const { code, stdout, stderr } = await run(process.execPath,
    ['-e', `fetch('https://localhost:${daemon.port}/health').then((r) => r.json()).then((j) => console.log(j.status))`],
    { env: { ...process.env, NODE_EXTRA_CA_CERTS: authority.file } });
  assert.deepEqual([code, stdout], [0, 'healthy\n'], stderr);
  const request = https.request(`https://127.0.0.1:${daemon.port}/`, { method: 'POST', ca: daemon.ca, agent: false,
    headers: { 'Content-Length': 1000 } });
  request.flushHeaders();
  const [response] = await within(once(request, 'response'), 'a body is refused');
  assert.ok([405, 413].includes(response.statusCode));
  request.destroy();
  assert.equal((await refused(daemon, '/egress-audio')).status, 400);
});

for (const transports of [['websocket'], ['polling'], ['polling', 'websocket']]) {
  test(`rooms over TLS by ${transports.join(', then ')}: who joins hears what is said, long messages as well`, async (t) => {
    const { daemon } = await startSecure(t);
    const [ann, bob] = await Promise.all([1, 2].map(() => client(t, daemon, { ca: daemon.ca, transports })));
    const joined = heard(ann, 'user-joined');
    ann.emit('join-room', 'daily');
    bob.emit('join-room', 'daily');
    await joined;
    if (transports.length === 2) await eventually(() => bob.io.engine.transport.name === 'websocket', 'it is upgraded');
    for (const said of ['hello', 'x'.repeat(300_000)]) {
      const [all] = await Promise.all([hear(ann, 'message', 1), bob.emit('message', said)]);
      assert.deepEqual(all, [{ clientId: bob.id, message: said }]);
    }
  });
}

test('a peer that goes without close_notify ends its track in order', async (t) => {
  const { daemon } = await startSecure(t);
  const audio = noise(1920 * 5, 8);
  const socket = await connect(daemon, track('TR_gone'));
  await send(socket, audio);
  socket.terminate();
  assertSameAudio((await daemon.ended('RM_1', 'TR_gone')).wav.data, audio, 'what came before');
});

test('TLS 1.2 and 1.3 are spoken, older ones are not', async (t) => {
  const { daemon } = await startSecure(t);
  const ciphers = 'DEFAULT@SECLEVEL=0';
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    const socket = await secureSocket(daemon, { minVersion: version, maxVersion: version, ciphers });
    assert.equal(socket.getProtocol(), version);
    socket.destroy();
  }
  await assert.rejects(secureSocket(daemon, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers }));
});

test('SIGHUP brings a new certificate for new connections; a broken one leaves the old, and is logged', async (t) => {
  const { daemon, authority } = await startSecure(t);
  const healthy = await healthyTrack(daemon);
  const first = await serial(daemon);
  const next = authority.issue();
  authority.install(next);
  assert.equal(await serial(daemon), first, 'not before it is told');
  daemon.program.kill('SIGHUP');
  const second = await eventually(async () => { const now = await serial(daemon); return now !== first && now; }, 'the new one is served');
  const other = authority.issue();
  for (const broken of [{ certificate: 'garbage', key: next.key }, { certificate: next.certificate, key: '' },
    { certificate: next.certificate, key: other.key }]) {
    const complaints = () => daemon.stderr.split('the TLS certificate stays as it was').length;
    const before = complaints();
    authority.install(broken);
    daemon.program.kill('SIGHUP');
    await eventually(() => complaints() > before, 'it is logged');
    assert.equal(await serial(daemon), second);
  }
  fs.rmSync(authority.settings.TLS_KEY_FILE);
  daemon.program.kill('SIGHUP');
  await eventually(() => /TLS_KEY_FILE: .*No such file/.test(daemon.stderr), 'a missing file is named');
  await healthy.finish();
  assert.equal(daemon.program.said.includes('PRIVATE KEY'), false);
});

test('SIGHUP without TLS changes nothing', async (t) => {
  const daemon = await startDaemon(t);
  daemon.program.kill('SIGHUP');
  await eventually(() => /nothing to reload/.test(daemon.stderr), 'it is logged');
  await close(await connect(daemon, track('TR_1')));
});

test('files that are no pair stop the start and are named', async (t) => {
  const authority = new Authority(t);
  const { certificate, key } = authority.issue();
  for (const [files, expected] of [
    [{ certificate, key: authority.issue().key }, /TLS_CERTIFICATE_FILE and TLS_KEY_FILE/],
    [{ certificate: key, key }, /live\.pem/],
  ]) {
    authority.install(files);
    const { code, stderr } = await runDaemon(t, authority.settings);
    assert.equal(code, 1, stderr);
    assert.match(stderr, expected);
    assert.equal(stderr.includes('PRIVATE KEY'), false);
  }
  const missing = await runDaemon(t, { ...authority.settings, TLS_KEY_FILE: '/nonexistent/key.pem' });
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /TLS_KEY_FILE.*\/nonexistent\/key\.pem/);
  const half = await runDaemon(t, { TLS_KEY_FILE: '/nonexistent/key.pem' });
  assert.equal(half.code, 2);
  assert.match(half.stderr, /must be set together/);
});

test('half handshakes are cut at the deadline of a header, and keep nobody out', async (t) => {
  const { daemon } = await startSecure(t, { HTTP_HEADER_TIMEOUT_MS: '15000' });
  const hello = await clientHello();
  const idle = [];
  for (let i = 0; i < 60; i += 1) {
    for (const start of [Buffer.alloc(0), hello.subarray(0, 3), hello.subarray(0, -1), hello]) {
      const peer = plainSocket(t, daemon);
      peer.socket.write(start);
      idle.push(peer);
    }
  }
  const healthy = await healthyTrack(daemon);
  await eventually(() => idle.every((peer) => peer.over), 'all are cut');
  await healthy.finish();
});

test('garbage is closed, and plain HTTP is told to use https', async (t) => {
  const { daemon } = await startSecure(t);
  for (const garbage of [Buffer.alloc(64), Buffer.from([22, 3, 1, 0xff, 0xff, 1]), Buffer.from([22, 3, 1, 0, 0, 1]),
    Buffer.concat([Buffer.from([22, 3, 1, 0, 40]), noise(40, 1)]), Buffer.from('\x80\x2e\x01\x03\x01')]) {
    const peer = plainSocket(t, daemon);
    peer.socket.write(garbage);
    await eventually(() => peer.over, `${garbage.toString('hex').slice(0, 20)} is closed`);
  }
  const peer = plainSocket(t, daemon);
  peer.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await eventually(() => peer.over, 'plain HTTP is answered');
  assert.match(peer.received.toString(), /^HTTP\/1\.1 400 .*"tls_required"/s);
  assert.equal(daemon.program.result, undefined);
});

test('200 tracks over wss end cleanly with the daemon', async (t) => {
  const { daemon } = await startSecure(t, { HTTP_HEADER_TIMEOUT_MS: '120000', HTTP_REQUEST_TIMEOUT_MS: '120000' });
  const audio = noise(1920 * 10, 4);
  const sockets = await Promise.all(Array.from({ length: 200 }, (_, i) => connect(daemon, track(`TR_${i}`, { meetingId: 'many' }))));
  await Promise.all(sockets.map((socket) => send(socket, audio)));
  await daemon.stop();
  const whole = daemon.recordings().filter((file) => path.basename(path.dirname(file)) === 'many' && fs.statSync(file).size >= audio.length);
  assert.equal(whole.length, 200);
});

test('a TLS 1.2 peer that begins a second handshake and goes silent holds up neither its end nor the shutdown', async (t) => {
  const { daemon } = await startSecure(t);
  // Lets the client's second hello through, and nothing back.
  let silent = false;
  let heldBack = 0;
  const proxy = net.createServer((client) => {
    const server = net.connect(daemon.port, '127.0.0.1');
    for (const socket of [client, server]) socket.on('error', () => {});
    client.on('data', (bytes) => server.write(bytes));
    server.on('data', (bytes) => (silent ? heldBack += bytes.length : client.write(bytes)));
    t.after(() => [client, server].forEach((socket) => socket.destroy()));
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => proxy.close());
  const socket = await secureSocket({ port: proxy.address().port, ca: daemon.ca }, { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' });
  const audio = noise(1920 * 5, 9);
  const peer = new RawPeer(socket);
  await peer.write(upgradeRequest(track('TR_again')));
  await eventually(() => /^HTTP\/1\.1 101/.test(peer.received), 'the upgrade is answered');
  await peer.write(frame(OP.binary, audio));
  await eventually(() => daemon.files().some((file) => file.endsWith('TR_again.wav')), 'the audio is recorded');
  silent = true;
  socket.renegotiate({}, () => {});
  await eventually(() => heldBack > 0, 'the daemon is in the second handshake');
  await (await healthyTrack(daemon)).finish();
  await daemon.stop();
  assertSameAudio((await daemon.ended('RM_1', 'TR_again')).wav.data, audio, 'what came before');
});
