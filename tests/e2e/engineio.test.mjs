// Engine.IO 4 as stock clients (fetch, ws, engine.io-client) see it: an echo on /engine.io/.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import WebSocket from 'ws';
import { eventually } from './support/eventually.mjs';
import { engine, hear, heard, openPolling, request, startEcho } from './support/realtime.mjs';

const polling = (sid) => `EIO=4&transport=polling&sid=${sid}`;
const push = (daemon, sid, body) => request(daemon, polling(sid), { method: 'POST', body });
const poll = (daemon, sid) => request(daemon, polling(sid));

/** A WebSocket with everything it receives in order. */
async function open(t, daemon, query = 'EIO=4&transport=websocket') {
  const socket = new WebSocket(`${daemon.url.replace('http', 'ws')}/engine.io/?${query}`);
  t.after(() => socket.terminate());
  socket.got = [];
  socket.on('message', (data, binary) => socket.got.push(binary ? data : data.toString()));
  socket.next = () => eventually(() => socket.got.shift(), 'a message comes');
  socket.closed = heard(socket, 'close');
  await heard(socket, 'open');
  return socket;
}

test('a session opens over both transports and says how it is kept', async (t) => {
  const daemon = await startEcho(t, { SOCKETIO_MAX_PAYLOAD_BYTES: '5000' });
  const expected = { pingInterval: 25000, pingTimeout: 20000, maxPayload: 5000 };
  const answer = await request(daemon, 'EIO=4&transport=polling', { headers: { origin: 'http://a.example' } });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'text/plain; charset=UTF-8');
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  const { sid, ...rest } = JSON.parse(answer.body.slice(1));
  assert.deepEqual([answer.body[0], rest], ['0', { upgrades: ['websocket'], ...expected }]);
  assert.match(sid, /^[\w-]{20}$/);
  const first = await (await open(t, daemon)).next();
  const { sid: other, ...same } = JSON.parse(first.slice(1));
  assert.deepEqual([first[0], same], ['0', { upgrades: [], ...expected }]);
  assert.notEqual(other, sid);
});

test('what cannot be a session is refused with the code of the protocol', async (t) => {
  const daemon = await startEcho(t);
  const sid = await openPolling(daemon);
  for (const [query, options, code] of [
    ['EIO=4', {}, 0], ['EIO=4&transport=abc', {}, 0], [polling('unknown'), {}, 1],
    ['EIO=4&transport=polling', { method: 'POST', body: '4x' }, 2], ['EIO=4&transport=polling', { method: 'PUT', body: '4x' }, 2],
    ['EIO=4&transport=polling', { method: 'DELETE' }, 2], [`EIO=4&transport=websocket&sid=${sid}`, {}, 3],
    ['transport=polling', {}, 5], ['EIO=3&transport=polling', {}, 5],
  ]) {
    const answer = await request(daemon, query, options);
    assert.equal(answer.status, 400, query);
    assert.equal(JSON.parse(answer.body).code, code, `${options.method ?? 'GET'} ${query}`);
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  }
  for (const query of ['transport=websocket', 'EIO=abc&transport=websocket', 'EIO=4', 'EIO=4&transport=websocket&sid=unknown']) {
    const socket = new WebSocket(`${daemon.url.replace('http', 'ws')}/engine.io/?${query}`);
    assert.match((await heard(socket, 'error'))[0].message, /400/, query);
  }
});

test('packets of text and bytes go through polling', async (t) => {
  const daemon = await startEcho(t);
  const sid = await openPolling(daemon);
  assert.deepEqual([(await push(daemon, sid, '4one\x1ebAQIDBA==\x1e4zwei ü')).body], ['ok']);
  assert.equal((await poll(daemon, sid)).body, '4one\x1ebAQIDBA==\x1e4zwei ü');
  const waiting = poll(daemon, sid);
  await push(daemon, sid, '4later');
  assert.equal((await waiting).body, '4later');
});

test('a body that is no payload, and two polls at once, end a session', async (t) => {
  const daemon = await startEcho(t);
  const broken = await openPolling(daemon);
  assert.equal((await push(daemon, broken, 'abc')).status, 400);
  assert.equal((await poll(daemon, broken)).status, 400);
  const twice = await openPolling(daemon);
  const polls = await Promise.all([poll(daemon, twice), poll(daemon, twice)]);
  assert.deepEqual(polls.map((answer) => `${answer.status} ${answer.body}`).sort(), ['200 1', '400 ']);
  assert.equal((await poll(daemon, twice)).status, 400);
});

test('a body that is too large is refused, and the session stays', async (t) => {
  const daemon = await startEcho(t, { SOCKETIO_MAX_PAYLOAD_BYTES: '2000' });
  const sid = await openPolling(daemon);
  const answer = await push(daemon, sid, `4${'x'.repeat(2000)}`);
  assert.deepEqual([answer.status, answer.body], [413, '']);
  assert.equal((await push(daemon, sid, '4small')).status, 200);
  assert.equal((await poll(daemon, sid)).body, '4small');
  const socket = await open(t, daemon);
  socket.send(`4${'x'.repeat(2000)}`);
  assert.equal((await socket.closed)[0], 1009);
});

test('pings keep a session, and without a pong it ends', async (t) => {
  const daemon = await startEcho(t, { SOCKETIO_PING_INTERVAL_MS: '100', SOCKETIO_PING_TIMEOUT_MS: '5000' });
  const sid = await openPolling(daemon);
  const socket = await open(t, daemon);
  await socket.next();
  for (let i = 0; i < 3; ++i) {
    assert.equal((await poll(daemon, sid)).body, '2');
    assert.equal((await push(daemon, sid, '3')).body, 'ok');
    assert.equal(await socket.next(), '2');
    socket.send('3');
  }
  const hasty = await startEcho(t, { SOCKETIO_PING_INTERVAL_MS: '50', SOCKETIO_PING_TIMEOUT_MS: '50' });
  const silent = await openPolling(hasty);
  const deaf = await open(t, hasty);
  await deaf.closed;
  await eventually(async () => (await request(hasty, polling(silent), { method: 'POST', body: '6' })).status === 400,
    'the silent session has ended');
});

test('a client may close a session over both transports', async (t) => {
  const daemon = await startEcho(t);
  const sid = await openPolling(daemon);
  assert.equal((await push(daemon, sid, '1')).body, 'ok');
  assert.equal((await poll(daemon, sid)).status, 400);
  const socket = await open(t, daemon);
  await socket.next();
  socket.send('1');
  await socket.closed;
});

test('what is no packet ends a session over a WebSocket', async (t) => {
  const daemon = await startEcho(t);
  const socket = await open(t, daemon);
  socket.send('abc');
  await socket.closed;
});

test('a session goes over to a WebSocket, and only once', async (t) => {
  const daemon = await startEcho(t);
  const sid = await openPolling(daemon);
  const upgrade = `EIO=4&transport=websocket&sid=${sid}`;
  const socket = await open(t, daemon, upgrade);
  socket.send('2probe');
  assert.equal(await socket.next(), '3probe');
  assert.equal((await poll(daemon, sid)).body, '6');
  await push(daemon, sid, '4by polling');
  socket.send('5'); // and something right behind it
  socket.send('4by socket');
  assert.equal(await socket.next(), '4by polling');
  assert.equal(await socket.next(), '4by socket');
  assert.equal(JSON.parse((await poll(daemon, sid)).body).code, 3);
  await (await open(t, daemon, upgrade)).closed;
  socket.send('4still here');
  assert.equal(await socket.next(), '4still here');
});

for (const transports of [['polling'], ['websocket'], ['polling', 'websocket']]) {
  test(`engine.io-client speaks by ${transports.join(', then ')}`, async (t) => {
    const daemon = await startEcho(t);
    const socket = await engine(t, daemon, { transports });
    if (transports.length > 1) await heard(socket, 'upgrade');
    const answers = hear(socket, 'message', 3);
    socket.send('one');
    socket.send(Buffer.from([1, 2, 3]));
    socket.send('drei €');
    const [one, two, three] = await answers;
    assert.deepEqual([one, [...new Uint8Array(two)], three], ['one', [1, 2, 3], 'drei €']);
  });
}

test('messages keep their order while a session goes over', async (t) => {
  const daemon = await startEcho(t);
  const socket = await engine(t, daemon, { transports: ['polling', 'websocket'] });
  const wanted = Array.from({ length: 300 }, (_, i) => String(i));
  const answers = hear(socket, 'message', wanted.length);
  for (const text of wanted) {
    socket.send(text);
    await new Promise(setImmediate);
  }
  assert.deepEqual(await answers, wanted);
});

test('a client that leaves a poll has gone', async (t) => {
  const daemon = await startEcho(t);
  const sid = await openPolling(daemon);
  const left = new AbortController();
  const waiting = request(daemon, polling(sid), { signal: left.signal }).catch(() => {});
  await openPolling(daemon); // once this one is served, so is the poll before it
  left.abort();
  await waiting;
  await eventually(async () => (await push(daemon, sid, '6')).status === 400, 'the session has ended');
});

test('sessions are bounded, and say so', async (t) => {
  const daemon = await startEcho(t, { SOCKETIO_MAX_CLIENTS: '1' });
  const sid = await openPolling(daemon);
  const answer = await request(daemon, 'EIO=4&transport=polling');
  assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '1']);
  assert.equal((await push(daemon, sid, '1')).body, 'ok');
  await openPolling(daemon);
});

test('a shutdown ends the sessions', async (t) => {
  const daemon = await startEcho(t);
  const sid = await openPolling(daemon);
  const socket = await engine(t, daemon);
  const waiting = poll(daemon, sid).then((answer) => answer.body, () => 'cut');
  await openPolling(daemon); // once this one is served, so is the poll before it
  const closed = heard(socket, 'close');
  await daemon.stop();
  assert.equal((await closed)[0], 'transport close');
  assert.match(await waiting, /^(1|cut)$/);
});
