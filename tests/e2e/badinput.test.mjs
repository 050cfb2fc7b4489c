// What peers do wrong: no input ends the daemon, disturbs a healthy track beside it, or loses what came before.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { startDaemon } from './support/daemon.mjs';
import { eventually } from './support/eventually.mjs';
import { residentOf } from './support/proc.mjs';
import { assertLogLines } from './support/schema.mjs';
import { frame, OP, RawPeer, upgradeRequest } from './support/rawpeer.mjs';
import { startStub } from './support/stub.mjs';
import { close, closedByPeer, connect, egressPath, healthyTrack, send, STEREO_48K } from './support/track.mjs';
import { assertSameAudio, noise, recordedAudio, recordedBytes } from './support/wav.mjs';

const MEETING = 'bad';
const PARAMETERS = { roomName: 'room', participant: 'p', trackId: 'TR_bad', meetingId: MEETING, ...STEREO_48K };
const PATH = egressPath(PARAMETERS);
const AUDIO = noise(192000, 3); // one second

/** A test with a daemon, a stub and a healthy track that must come out bit-exact after `body`. */
function besideHealthyTrack(name, body, settings = {}) {
  test(name, async (t) => {
    const stub = await startStub(t);
    const daemon = await startDaemon(t, { IMENTIV_ENDPOINT_URL: stub.url, ...settings });
    const healthy = await healthyTrack(daemon, stub);
    await body(daemon, stub, t);
    await healthy.finish();
  });
}

/** The bad track's recording and blocks are exactly `audio`. */
async function assertKept(daemon, stub, audio, trackId = 'TR_bad') {
  const { line, wav } = await daemon.ended(MEETING, trackId);
  assertSameAudio(wav.data, audio, 'the recording');
  assertSameAudio(stub.joined(trackId), audio, 'the blocks');
  assertLogLines(daemon.log(MEETING));
  return line;
}

besideHealthyTrack('text that is not JSON is reported, and the audio around it is kept', async (daemon, stub) => {
  const socket = await connect(daemon, PATH);
  await send(socket, AUDIO.subarray(0, 96000));
  for (const text of ['not json', '{"muted":', '[]', '', '{"muted":"yes"}', '\u0000', 'x'.repeat(100000)]) socket.send(text);
  await send(socket, AUDIO.subarray(96000));
  await close(socket);
  const line = await assertKept(daemon, stub, AUDIO);
  assert.equal(line.outcome, 'ok', line.message);
  assert.ok(!daemon.stderr.includes('x'.repeat(1000)), 'the log is not flooded');
});

besideHealthyTrack('samples split across messages of odd length are joined', async (daemon, stub) => {
  const socket = await connect(daemon, PATH);
  await send(socket, AUDIO, 1917);
  await close(socket);
  await assertKept(daemon, stub, AUDIO);
});

besideHealthyTrack('messages of length zero are harmless', async (daemon, stub) => {
  const socket = await connect(daemon, PATH);
  socket.send(Buffer.alloc(0));
  await send(socket, AUDIO.subarray(0, 1920));
  for (let i = 0; i < 100; i += 1) socket.send(Buffer.alloc(0));
  await send(socket, AUDIO.subarray(1920));
  await close(socket);
  await assertKept(daemon, stub, AUDIO);
});

besideHealthyTrack('a fragmented message with pings in between is one message', async (daemon, stub) => {
  const peer = await RawPeer.upgraded(daemon, PATH);
  for (let at = 0; at < AUDIO.length; at += 1920) {
    const third = (n) => AUDIO.subarray(at + n * 640, at + (n + 1) * 640);
    await peer.write(Buffer.concat([frame(OP.binary, third(0), { fin: false }), frame(OP.ping, Buffer.from(`ping ${at}`)),
      frame(OP.continuation, third(1), { fin: false }), frame(OP.pong, Buffer.from('pong')), frame(OP.continuation, third(2))]));
  }
  await eventually(() => peer.frames().some((f) => f.opcode === OP.pong && f.payload.toString() === `ping ${AUDIO.length - 1920}`),
    'the last ping is answered');
  await peer.write(frame(OP.close));
  await assertKept(daemon, stub, AUDIO);
});

const VIOLATIONS = [
  ['an unmasked frame', frame(OP.binary, Buffer.alloc(1920), { masked: false }), 1002],
  ['a reserved bit', frame(OP.binary, Buffer.alloc(1920), { reserved: 4 }), 1002],
  ['an unknown opcode', frame(3, Buffer.alloc(10)), 1002],
  ['a fragmented ping', frame(OP.ping, Buffer.alloc(0), { fin: false }), 1002],
  ['a ping of 126 bytes', frame(OP.ping, Buffer.alloc(126)), 1002],
  ['a continuation of nothing', frame(OP.continuation, Buffer.alloc(10)), 1002],
  ['text that is not UTF-8', frame(OP.text, Buffer.from([0xff, 0xfe])), 1007],
  ['a frame over the limit', frame(OP.binary, Buffer.alloc(64), { length: 65537 }), 1009],
  ['a frame that claims 8 EiB', frame(OP.binary, Buffer.alloc(64), { length: 2n ** 63n - 1n }), 1009],
];

for (const [what, bytes, code] of VIOLATIONS) {
  besideHealthyTrack(`${what} ends its connection with ${code}, and what came before is kept`, async (daemon, stub) => {
    const peer = await RawPeer.upgraded(daemon, PATH);
    for (let at = 0; at < AUDIO.length; at += 1920) await peer.write(frame(OP.binary, AUDIO.subarray(at, at + 1920)));
    await peer.write(bytes);
    assert.equal(await peer.closeCode(), code);
    await assertKept(daemon, stub, AUDIO);
  }, { EGRESS_MAX_MESSAGE_BYTES: '65536' });
}

besideHealthyTrack('the stock client sees 1009 for a message over the limit', async (daemon, stub) => {
  const socket = await connect(daemon, PATH);
  await send(socket, AUDIO);
  const closed = closedByPeer(socket);
  socket.send(Buffer.alloc(65537));
  const { code, reason } = await closed;
  assert.equal(code, 1009, reason);
  await assertKept(daemon, stub, AUDIO);
}, { EGRESS_MAX_MESSAGE_BYTES: '65536' });

besideHealthyTrack('a peer that reads nothing while it sends audio and pings is recorded', async (daemon, stub) => {
  const peer = await RawPeer.upgraded(daemon, PATH);
  peer.socket.pause();
  const ping = frame(OP.ping, Buffer.alloc(125, 'p'));
  const pings = Buffer.concat(Array(200).fill(ping));
  for (let at = 0; at < AUDIO.length; at += 1920) {
    await peer.write(Buffer.concat([frame(OP.binary, AUDIO.subarray(at, at + 1920)), pings]));
  }
  await peer.write(frame(OP.close));
  await assertKept(daemon, stub, AUDIO);
  peer.socket.destroy();
});

besideHealthyTrack('a peer that never sends ends well, without a recording or a block', async (daemon, stub) => {
  const socket = await connect(daemon, PATH);
  await close(socket);
  const [line] = await daemon.logged(MEETING, { event: 'ended' });
  assert.equal(line.outcome, 'ok', line.message);
  assert.equal(line.blocks, 0);
  assert.equal(fs.existsSync(line.file), false, 'no audio, no recording');
  assert.deepEqual(stub.blocks('TR_bad'), []);
});

for (const [what, disappear] of [
  ['a reset', (peer) => peer.socket.resetAndDestroy()],
  ['a bare FIN', (peer) => peer.socket.end()],
  ['a frame cut in the middle', (peer) => peer.socket.end(frame(OP.binary, Buffer.alloc(0), { length: 1920 }))],
]) {
  besideHealthyTrack(`a peer that disappears with ${what} leaves a finished recording of all that came`, async (daemon, stub) => {
    const peer = await RawPeer.upgraded(daemon, PATH);
    for (let at = 0; at < AUDIO.length; at += 1920) await peer.write(frame(OP.binary, AUDIO.subarray(at, at + 1920)));
    // A reset destroys what the daemon has not read yet; what it has read is on disk.
    const [{ file }] = await daemon.logged(MEETING, { event: 'started' });
    await eventually(() => recordedBytes(file) >= AUDIO.length, 'everything is on disk');
    disappear(peer);
    await assertKept(daemon, stub, AUDIO);
  });
}

besideHealthyTrack('two sockets for one track are both recorded, in two files', async (daemon) => {
  const others = noise(192000, 5);
  const sockets = [await connect(daemon, PATH), await connect(daemon, PATH)];
  await Promise.all([send(sockets[0], AUDIO), send(sockets[1], others)]);
  await Promise.all(sockets.map((socket) => close(socket)));
  const lines = await daemon.logged(MEETING, { event: 'ended', trackId: 'TR_bad' }, 2);
  const files = new Set(lines.map((line) => line.file));
  assert.equal(files.size, 2);
  const recorded = [...files].map((file) => recordedAudio(file));
  assert.ok(recorded.some((data) => data.equals(AUDIO)) && recorded.some((data) => data.equals(others)), 'both are whole');
});

besideHealthyTrack('many sockets for one track at once overwrite nothing', async (daemon) => {
  const audios = Array.from({ length: 20 }, (_, i) => noise(19200, 100 + i));
  await Promise.all(audios.map(async (audio) => {
    const socket = await connect(daemon, PATH);
    await send(socket, audio);
    await close(socket);
  }));
  const lines = await daemon.logged(MEETING, { event: 'ended', trackId: 'TR_bad' }, audios.length);
  const recorded = lines.map(({ file }) => recordedAudio(file).toString('hex')).sort();
  assert.deepEqual(recorded, audios.map((audio) => audio.toString('hex')).sort());
});

const NAMES = [
  ['a path upwards', '../../../../etc/cron.d/x'],
  ['an absolute path', '/etc/passwd'],
  ['dots', '..'],
  ['a Windows path', '..\\..\\x:y'],
  ['newlines and control characters', 'a\nb\r\n\t\u001b[31mc\u007f'],
  ['4 KiB', 'n'.repeat(4096)],
  ['4 KiB of UTF-8', '\u00e9\u4f1a\u8bae\ud83d\ude00'.repeat(340)],
  ['UTF-8', 'Zo\u00eb \u4f1a\u8bae \ud83d\ude00'],
  ['directions and a zero width', '\u202egnp.exe\u200b'],
  ['a leading dash', '-rf *'],
  ['quotes', '"; rm -rf $HOME; \'`'],
];

for (const [what, name] of NAMES) {
  besideHealthyTrack(`names with ${what} stay inside the output directory and whole in the log`, async (daemon, stub) => {
    const socket = await connect(daemon, egressPath({ ...PARAMETERS, roomName: name, participant: name, meetingId: name }));
    await send(socket, AUDIO);
    await close(socket);
    const log = await eventually(() => fs.readdirSync(daemon.logsDirectory).find((file) => file !== 'healthy.log' &&
      fs.readFileSync(path.join(daemon.logsDirectory, file), 'utf8').includes('"ended"')), 'the track has ended');
    const meeting = log.slice(0, -'.log'.length);
    const line = await assertEnded(daemon, meeting, name);
    assertSameAudio(recordedAudio(line.file), AUDIO, 'the recording');
    assert.equal(path.relative(daemon.recordingsDirectory, line.file).split(path.sep).length, 2, line.file);
    assert.ok(!path.relative(daemon.recordingsDirectory, line.file).startsWith('..'), line.file);
    for (const part of path.relative(daemon.directory, line.file).split(path.sep)) {
      assert.ok(Buffer.byteLength(part) <= 255 && !/^[.-]|[\u0000-\u001f\u007f\u202a-\u202e]/.test(part), part);
    }
    for (const file of daemon.files()) {
      assert.match(path.relative(daemon.directory, file), /^(recordings|logs|ledger)\/[^/]+(\/[^/]+)?$|^database\.db(-wal|-shm)?$/);
    }
    assert.equal(stub.blocks('TR_bad').length, 1);
    assert.equal(new URLSearchParams(stub.blocks('TR_bad')[0].query).get('participant'), name);
    assert.ok(!/\u001b/.test(daemon.stderr) && daemon.stderr.split('\n').every((l) => l === '' || /^\d{4}-/.test(l)),
      'the daemon\'s own log stays one line per event');
  });
}

async function assertEnded(daemon, meeting, name) {
  const [line] = await daemon.logged(meeting, { event: 'ended', trackId: 'TR_bad' });
  assert.deepEqual([line.room, line.participant, line.meetingId], [name, name, name]);
  assert.equal(line.outcome, 'ok', line.message);
  assertLogLines(daemon.log(meeting));
  return line;
}

const CUT_SHORT = [
  ['before its request', ''],
  ['in the middle of the request line', 'GET /egress-au'],
  ['in the middle of the headers', upgradeRequest(PATH).slice(0, -20)],
];

for (const [what, bytes] of CUT_SHORT) {
  for (const [how, end] of [['a FIN', (s) => s.end()], ['a reset', (s) => s.resetAndDestroy()]]) {
    besideHealthyTrack(`a connection that ends ${what} with ${how} starts no track`, async (daemon) => {
      for (let i = 0; i < 20; i += 1) {
        const peer = await RawPeer.connect(daemon);
        if (bytes) await peer.write(bytes);
        end(peer.socket);
      }
      await close(await connect(daemon, PATH));
      await daemon.logged(MEETING, { event: 'ended' });
      assert.equal(daemon.log(MEETING, { event: 'started' }).length, 1, 'only the last connection was a track');
    });
  }
}

besideHealthyTrack('connections that end during the upgrade leave no recording and no track behind', async (daemon) => {
  for (let i = 0; i < 50; i += 1) {
    const peer = await RawPeer.connect(daemon);
    await peer.write(upgradeRequest(PATH));
    if (i % 2) peer.socket.resetAndDestroy(); else peer.socket.end();
  }
  const socket = await connect(daemon, egressPath({ ...PARAMETERS, trackId: 'TR_last' }));
  await send(socket, AUDIO);
  await close(socket);
  await daemon.ended(MEETING, 'TR_last');
  await eventually(() => daemon.log(MEETING, { event: 'started' }).length === daemon.log(MEETING, { event: 'ended' }).length,
    'every track that began has ended');
  assert.deepEqual(daemon.recordings().filter((file) => file.includes('TR_bad')), [], 'nothing is left of them');
});

besideHealthyTrack('audio that follows the upgrade in the same packet is recorded from its first byte', async (daemon, stub) => {
  const peer = await RawPeer.connect(daemon);
  const frames = [];
  for (let at = 0; at < AUDIO.length; at += 1920) frames.push(frame(OP.binary, AUDIO.subarray(at, at + 1920)));
  await peer.write(Buffer.concat([Buffer.from(upgradeRequest(PATH)), ...frames, frame(OP.close)]));
  await assertKept(daemon, stub, AUDIO);
});

const LENGTHS = ['Transfer-Encoding: x', 'Transfer-Encoding: gzip, chunked', 'Content-Length: 5, 6', 'Content-Length: 99999999999999999999'];

async function refusedHead(daemon, head) {
  const peer = await RawPeer.connect(daemon);
  await peer.write(head);
  await eventually(() => peer.over, 'the daemon ends the connection');
  peer.socket.destroy();
  return Number(/^HTTP\/1\.1 (\d+) /.exec(peer.received.toString('latin1'))?.[1]);
}

for (const [what, size, statuses] of [['a path of 60 KB', 60000, [414]], ['a path of 50 KB', 50000, [400, 501]]]) {
  besideHealthyTrack(`2,000 requests with ${what} and a length that is none leave no memory behind`, async (daemon) => {
    const ask = async (count) => {
      for (let i = 0; i < count; i += 1) {
        const head = `POST /${'p'.repeat(size)} HTTP/1.1\r\nHost: x\r\n${LENGTHS[i % LENGTHS.length]}\r\n\r\n`;
        const status = await refusedHead(daemon, head);
        assert.ok(statuses.includes(status), `${LENGTHS[i % LENGTHS.length]}: ${status}`);
      }
    };
    await ask(200); // until what is allocated once is there
    const before = residentOf(daemon);
    await ask(2000);
    const grown = residentOf(daemon) - before;
    assert.ok(grown < 8e6, `the daemon has grown by ${grown} bytes`); // a path kept of each would be 100 MB and more
  }, { // AddressSanitizer sets freed memory aside.
    ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:quarantine_size_mb=1`,
  });
}
