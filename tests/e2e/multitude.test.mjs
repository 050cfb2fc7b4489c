// The gateway under 2,000 clients, with those that do not read, vanish or flood, beside a track that is being recorded.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import WebSocket from 'ws';
import { ask } from './support/ask.mjs';
import { startDaemon } from './support/daemon.mjs';
import { eventually } from './support/eventually.mjs';
import { residentOf } from './support/proc.mjs';
import { heard } from './support/realtime.mjs';
import { close, connect, egressPath, send, STEREO_48K } from './support/track.mjs';
import { noise } from './support/wav.mjs';

// A sanitised daemon would keep what it has freed, and be measured for that.
// A sanitiser rounds up, and keeps what was freed for a while.
const MOST_RESIDENT = (process.env.LIVE_MEETING_PRELOAD ? 700 : 300) << 20;
const LOAD = {
  HTTP_MAX_SOCKETS_PER_SECOND: '0',
  SOCKETIO_MAX_CLIENTS: '3000',
  SOCKETIO_MAX_QUEUE_BYTES: '262144',
  ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:quarantine_size_mb=1`,
};

/** A client of the least code that counts what it hears. */
async function enter(daemon, room) {
  const socket = new WebSocket(`${daemon.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, { perMessageDeflate: false });
  socket.heard = 0;
  socket.on('error', () => {});
  const connected = new Promise((resolve) => {
    socket.on('message', (data) => {
      const text = data.subarray(0, 24).toString('latin1');
      if (text[0] === '0') socket.send('40');
      else if (text.startsWith('40')) resolve();
      else if (text.startsWith('42["message"')) ++socket.heard;
    });
  });
  await heard(socket, 'open');
  await connected;
  if (room) socket.send(`42["join-room","${room}"]`);
  return socket;
}

async function crowd(t, daemon, count, rooms) {
  const all = [];
  t.after(() => all.forEach((socket) => socket.terminate()));
  while (all.length < count) {
    all.push(...await Promise.all(Array.from({ length: 50 }, (_, i) => enter(daemon, `room ${(all.length + i) % rooms}`))));
  }
  return all;
}

async function metric(daemon, name) {
  const line = (await ask(daemon, 'GET', '/metrics')).body.split('\n').find((text) => text.startsWith(`${name} `));
  return Number(line?.split(' ').pop());
}

test('two thousand clients in rooms hear everything, while a track is recorded', async (t) => {
  const daemon = await startDaemon(t, LOAD);
  const all = await crowd(t, daemon, 2000, 100);
  const track = await connect(daemon, egressPath({ roomName: 'room 1', trackId: 'TR_1', meetingId: 'm', ...STEREO_48K }));
  for (let i = 0; i < 5; ++i) {
    all[i].send('42["message","hello"]');
    await send(track, noise(38400));
  }
  await eventually(() => all.every((socket) => socket.heard === 5), 'everybody has heard everything');
  await close(track);
  const { line } = await daemon.ended('m', 'TR_1');
  assert.equal(line.outcome, 'ok');
  assert.equal(line.samples, 5 * 38400 / 4);
  all.slice(0, 1000).forEach((socket) => socket.terminate()); // no goodbye
  await eventually(async () => await metric(daemon, 'livemeeting_realtime_sessions') === 1000, 'they are gone');
  assert.ok(residentOf(daemon) < 400 << 20, 'memory is bounded');
});

test('a client that does not read is dropped, and costs the others nothing', async (t) => {
  const daemon = await startDaemon(t, LOAD);
  const all = await crowd(t, daemon, 50, 5);
  const slow = all.splice(0, 20);
  for (const socket of slow) socket._socket.pause();
  const text = 'x'.repeat(200000);
  const dropped = () => metric(daemon, 'livemeeting_realtime_dropped_total{reason="too slow"}');
  let sent = 0;
  while (await dropped() < slow.length) {
    all[sent % all.length].send(`42["message","${text}"]`);
    ++sent;
    await eventually(() => all.every((socket) => socket.heard === sent), 'all that read have heard it');
    assert.ok(sent < 1000, 'the slow are dropped in time');
  }
  assert.equal(await metric(daemon, 'livemeeting_realtime_sessions'), all.length);
  assert.ok(residentOf(daemon) < MOST_RESIDENT, 'memory is bounded');
});

test('a flood of messages that never end is bounded', async (t) => {
  const daemon = await startDaemon(t, LOAD);
  const quiet = await enter(daemon);
  t.after(() => quiet.terminate());
  const sockets = [];
  t.after(() => sockets.forEach((socket) => socket.terminate()));
  let closed = 0;
  for (let i = 0; i < 100; ++i) {
    const socket = await enter(daemon);
    sockets.push(socket);
    socket.on('close', () => { ++closed; });
    socket.send(Buffer.alloc(900000, '4').toString(), { fin: false }); // 90 MB of messages without an end
  }
  await eventually(() => closed > 0, 'some are sent away');
  const before = quiet.heard;
  quiet.send('42["message","still here"]');
  await eventually(() => quiet.heard > before, 'the others are served');
  assert.ok(residentOf(daemon) < MOST_RESIDENT, `${residentOf(daemon)} bytes`);
});
