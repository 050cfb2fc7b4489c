// Socket.IO 5 and the gateway as stock clients see them: socket.io-client, and python3-socketio.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { io } from 'socket.io-client';
import WebSocket from 'ws';
import { startDaemon } from './support/daemon.mjs';
import { eventually } from './support/eventually.mjs';
import { Program } from './support/program.mjs';
import { client, hear, heard, startEcho } from './support/realtime.mjs';

test('a client connects with what it knows, to namespaces that are there', async (t) => {
  const daemon = await startEcho(t);
  for (const [space, auth] of [['/', undefined], ['/', { token: '123' }], ['/custom', { token: 'abc' }]]) {
    const socket = io(daemon.url + space, { forceNew: true, auth, transports: ['websocket'] });
    t.after(() => socket.disconnect());
    assert.deepEqual((await heard(socket, 'auth'))[0], auth ?? {});
    assert.match(socket.id, /^[\w-]{20}$/);
  }
  const random = io(`${daemon.url}/random`, { forceNew: true });
  t.after(() => random.disconnect());
  assert.equal((await heard(random, 'connect_error'))[0].message, 'Invalid namespace');
});

for (const transports of [['polling'], ['websocket']]) {
  test(`events, acks and bytes go both ways by ${transports}`, async (t) => {
    const daemon = await startEcho(t);
    const socket = await client(t, daemon, { transports });
    const back = heard(socket, 'message-back');
    socket.emit('message', 1, '2', { 3: [true, null] }, Buffer.from([1, 2]), [Buffer.from([3])]);
    const [one, two, three, bytes, [more]] = await back;
    assert.deepEqual([one, two, three, [...new Uint8Array(bytes)], [...new Uint8Array(more)]],
      [1, '2', { 3: [true] .concat(null) }, [1, 2], [3]]);
    assert.deepEqual(await socket.timeout(60000).emitWithAck('message-with-ack', { a: 1 }), { a: 1 });
    const answer = await socket.timeout(60000).emitWithAck('message-with-ack', Buffer.from([4, 5]));
    assert.deepEqual([...new Uint8Array(answer)], [4, 5]);
  });
}

/** A WebSocket that speaks Socket.IO by hand, connected to `/`. */
async function raw(t, daemon) {
  const socket = new WebSocket(`${daemon.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  t.after(() => socket.terminate());
  const got = [];
  socket.on('message', (data) => got.push(data.toString()));
  socket.closed = heard(socket, 'close');
  socket.next = () => eventually(() => got.shift(), 'a packet comes');
  await heard(socket, 'open');
  await socket.next();
  socket.send('40');
  assert.match(await socket.next(), /^40\{"sid":"[\w-]{20}"\}$/);
  assert.equal(await socket.next(), '42["auth",{}]');
  return socket;
}

test('numbers, escapes and order of keys are passed on as they are', async (t) => {
  const socket = await raw(t, await startEcho(t));
  const text = '12345678901234567890,1.0,1e400,"\\ud800",{"b":1,"a":2,"a":3}';
  socket.send(`42["message",${text}]`);
  assert.equal(await socket.next(), `42["message-back",${text}]`);
});

test('whoever breaks the protocol is closed', async (t) => {
  const daemon = await startEcho(t);
  for (const wrong of ['4abc', '42{}', '42abc["message"]', '40', '42/custom,["message"]', '42["connect"]', '451-["a",{"_placeholder":true,"num":9}]']) {
    const socket = await raw(t, daemon);
    socket.send(wrong);
    await socket.closed;
  }
});

test('a client leaves a namespace and keeps its connection', async (t) => {
  const daemon = await startEcho(t);
  const socket = await raw(t, daemon);
  socket.send('40/custom');
  assert.match(await socket.next(), /^40\/custom,/);
  assert.match(await socket.next(), /^42\/custom,\["auth"/);
  socket.send('41/custom');
  socket.send('42["message","still here"]');
  assert.equal(await socket.next(), '42["message-back","still here"]');
});

test('who enters no namespace is closed', async (t) => {
  const daemon = await startEcho(t, { SOCKETIO_CONNECT_TIMEOUT_MS: '50' });
  const socket = new WebSocket(`${daemon.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  await heard(socket, 'close');
});

test('a message reaches everybody, its sender too', async (t) => {
  const daemon = await startDaemon(t);
  const [a, b] = [await client(t, daemon), await client(t, daemon, { transports: ['polling'] })];
  for (const [sent, message] of [[['hello'], 'hello'], [[{ a: [1] }], { a: [1] }], [['x', 'y'], ['x', 'y']]]) {
    const both = [heard(a, 'message'), heard(b, 'message')];
    a.emit('message', ...sent);
    for (const [got] of await Promise.all(both)) assert.deepEqual(got, { clientId: a.id, message });
  }
  const none = heard(b, 'message');
  a.emit('message');
  assert.deepEqual((await none)[0], { clientId: a.id });
  const bytes = heard(b, 'message');
  a.emit('message', Buffer.from([1, 2]));
  assert.deepEqual([...new Uint8Array((await bytes)[0].message)], [1, 2]);
});

test('rooms hear who joins and who leaves', async (t) => {
  const daemon = await startDaemon(t);
  const [a, b, c] = [await client(t, daemon), await client(t, daemon), await client(t, daemon)];
  const left = [];
  a.on('user-left', (value) => left.push(value));
  c.on('user-joined', (value) => left.push(value));
  const joined = heard(a, 'user-joined');
  assert.deepEqual(await a.timeout(60000).emitWithAck('join-room', 'room 1'), { status: 'ok' });
  assert.deepEqual((await joined)[0], { clientId: a.id, room: 'room 1' });
  const both = [heard(a, 'user-joined'), heard(b, 'user-joined')];
  b.emit('join-room', 'room 1');
  for (const [got] of await Promise.all(both)) assert.deepEqual(got, { clientId: b.id, room: 'room 1' });
  const heardByB = heard(b, 'user-left');
  await a.timeout(60000).emitWithAck('leave-room', 'room 1');
  assert.deepEqual((await heardByB)[0], { clientId: a.id, room: 'room 1' });
  assert.deepEqual(left, []); // neither who left nor who is elsewhere
});

test('what makes no sense is an exception, as NestJS has it', async (t) => {
  const daemon = await startDaemon(t);
  const socket = await client(t, daemon);
  for (const data of [5, '', 'x'.repeat(257)]) {
    const exception = heard(socket, 'exception');
    socket.emit('join-room', data);
    const [{ status, message, cause }] = await exception;
    assert.equal(status, 'error');
    assert.match(message, /name of a room/);
    assert.deepEqual(cause, { pattern: 'join-room', data });
  }
  socket.emit('unknown', () => assert.fail('nobody acknowledges that'));
  for (let i = 0; i < 100; ++i) socket.emit('join-room', `r${i}`);
  const full = heard(socket, 'exception');
  socket.emit('join-room', 'one more');
  assert.match((await full)[0].message, /100 rooms/);
});

test('a flood is dropped, and the client hears of it once', async (t) => {
  const daemon = await startDaemon(t);
  const [flooding, other] = [await client(t, daemon), await client(t, daemon)];
  const exceptions = [];
  flooding.on('exception', (value) => exceptions.push(value.message));
  let reached = 0;
  other.on('message', () => { ++reached; });
  for (let i = 0; i < 20000; ++i) flooding.emit('message', 'x');
  await eventually(() => exceptions.length > 0, 'it hears of it');
  const [[last]] = [await Promise.all([heard(other, 'user-joined'), other.emit('join-room', 'quiet')])];
  assert.equal(last[0].room, 'quiet');
  assert.ok(reached < 10000, `${reached} of 20000 came through`);
  assert.match(exceptions[0], /Too many events/);
});

test('a client comes back after the daemon was away', async (t) => {
  const daemon = await startDaemon(t, {}, { cleanEnd: false });
  const socket = await client(t, daemon, { reconnection: true, reconnectionDelay: 10 });
  const gone = heard(socket, 'disconnect');
  await daemon.stop();
  assert.equal((await gone)[0], 'transport close');
  const back = heard(socket, 'connect'); // it may be back before the test knows that the daemon listens
  await startDaemon(t, { PORT: String(daemon.port) });
  await back;
});

test('pages of other origins may connect only when they are listed', async (t) => {
  const daemon = await startDaemon(t, { CORS_ORIGINS: 'https://meet.example.org' });
  const from = (origin, transports) => {
    const socket = io(daemon.url, { forceNew: true, reconnection: false, transports, extraHeaders: { origin } });
    t.after(() => socket.disconnect());
    return socket;
  };
  await heard(from('https://meet.example.org', ['websocket']), 'connect');
  await heard(from('https://evil.example.org', ['websocket']), 'connect_error');
  const answer = await fetch(`${daemon.url}/socket.io/?EIO=4&transport=polling`, { headers: { origin: 'https://evil.example.org' } });
  assert.equal(answer.headers.get('access-control-allow-origin'), null); // the browser keeps the page from reading it
});

const PYTHON = `
import socketio, sys
got = []
client = socketio.Client(reconnection=False)
client.on('message', lambda value: got.append(value))
client.connect(sys.argv[1], transports=sys.argv[2].split(','))
print(client.call('join-room', 'room', timeout=60))
client.call('message', {'text': 'hello', 'bytes': b'\\x01\\x02'}, timeout=60)
client.call('leave-room', 'room', timeout=60)
assert got == [{'clientId': client.get_sid(), 'message': {'text': 'hello', 'bytes': b'\\x01\\x02'}}], got
client.disconnect()
print('done', client.transport() if False else '')
`;

for (const transports of ['polling', 'websocket', 'polling,websocket']) {
  test(`python3-socketio speaks by ${transports}`, async (t) => {
    const daemon = await startDaemon(t);
    const python = new Program('/usr/bin/python3', ['-c', PYTHON, daemon.url, transports], {});
    t.after(() => python.kill('SIGKILL'));
    assert.equal((await python.end()).code, 0, python.output());
    assert.match(python.stdout, /{'status': 'ok'}\ndone/);
  });
}
