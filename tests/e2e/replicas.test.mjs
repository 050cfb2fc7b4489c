// Several daemons on one PostgreSQL server: a broadcast reaches the clients of all.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startDaemon } from './support/daemon.mjs';
import { postgresDatabase } from './support/database.mjs';
import { eventually } from './support/eventually.mjs';
import { client, heard } from './support/realtime.mjs';

/** Sends until the two daemons have found each other through the database. */
async function linked(from, to) {
  let reached = false;
  to.once('message', () => { reached = true; });
  await eventually(() => {
    if (!reached) from.emit('message', 'is anybody there?');
    return reached;
  }, 'the daemons hear each other');
}

test('clients of two daemons hear each other, in rooms and with large and binary values', async (t) => {
  const database = await postgresDatabase(t);
  const settings = { DATABASE_URL: database.url };
  const [first, second] = [await startDaemon(t, settings), await startDaemon(t, settings)];
  const [a, b, c] = [await client(t, first), await client(t, second), await client(t, second)];
  await linked(a, b);
  await linked(b, a);
  const next = async (socket, event, wanted) => eventually(async () => {
    const [value] = await heard(socket, event);
    return wanted(value) && value;
  }, `${event} comes`);

  const joined = heard(b, 'user-joined');
  await b.timeout(60000).emitWithAck('join-room', 'room');
  await joined;
  const elsewhere = [];
  c.on('user-joined', (value) => elsewhere.push(value));
  const other = heard(b, 'user-joined');
  a.emit('join-room', 'room');
  assert.deepEqual((await other)[0], { clientId: a.id, room: 'room' });
  assert.deepEqual(elsewhere, []);

  const large = next(c, 'message', ({ message }) => message?.text);
  a.emit('message', { text: 'ü'.repeat(20000), number: 1.5 });
  assert.deepEqual(await large, { clientId: a.id, message: { text: 'ü'.repeat(20000), number: 1.5 } });
  const binary = next(c, 'message', ({ message }) => message?.bytes);
  a.emit('message', { bytes: Buffer.from([1, 2, 3]) });
  assert.deepEqual([...new Uint8Array((await binary).message.bytes)], [1, 2, 3]);
  assert.equal((await database.query('SELECT id FROM socket_io_attachments')).length, 2);

  await database.stop(); // clients of one daemon are served all the same
  const here = next(c, 'message', ({ message }) => message === 'here');
  b.emit('message', 'here');
  await here;
  await database.start();
  await linked(a, b);
});
