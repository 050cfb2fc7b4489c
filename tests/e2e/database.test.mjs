// The database as an operator meets it: made at the start, migrated by hand, away, or not ours to use.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { runDaemon, startDaemon } from './support/daemon.mjs';
import { run, temporaryDirectory } from './support/program.mjs';
import { close, connect, egressPath, send, STEREO_48K } from './support/track.mjs';

/** Rows of a statement in a SQLite file, by Python's own driver. */
async function query(file, sql) {
  const program = 'import json,sqlite3,sys; c=sqlite3.connect(sys.argv[1]); r=c.execute(sys.argv[2]).fetchall(); c.commit(); print(json.dumps(r))';
  const { code, stdout, stderr } = await run('python3', ['-c', program, file, sql]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

function place(t) {
  const file = path.join(temporaryDirectory(t), 'below', 'x.db');
  return { file, settings: { DATABASE_URL: `sqlite:${file}` } };
}

test('a start makes the database and its tables', async (t) => {
  const { file, settings } = place(t);
  const daemon = await startDaemon(t, settings);
  await daemon.stop();
  const tables = (await query(file, "SELECT name FROM sqlite_master WHERE type = 'table'")).flat();
  for (const table of ['sessions', 'users', 'tracks', 'recordings', 'blocks']) assert.ok(tables.includes(table), `${tables}`);
});

test('--migrate --dry-run shows, --migrate does, and does it once', async (t) => {
  const { file, settings } = place(t);
  const shown = await runDaemon(t, settings, ['--migrate', '--dry-run']);
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /^(would apply \d{4}-[\w-]+\.sql\n)+$/);
  assert.ok(!fs.existsSync(path.dirname(file)), 'nothing was made');
  const done = await runDaemon(t, settings, ['--migrate']);
  assert.deepEqual([done.code, done.stdout], [0, shown.stdout.replaceAll('would apply', 'applied')], done.stderr);
  for (const arguments_ of [['--migrate'], ['--migrate', '--dry-run']]) {
    const again = await runDaemon(t, settings, arguments_);
    assert.deepEqual([again.code, again.stdout], [0, `${file} is up to date\n`], again.stderr);
  }
});

test('a database of a newer program stops the start, and is not touched', async (t) => {
  const { file, settings } = place(t);
  await runDaemon(t, settings, ['--migrate']);
  await query(file, "INSERT INTO schema_migrations VALUES (9999, '9999-later.sql', 'x', 0)");
  for (const arguments_ of [[], ['--migrate'], ['--migrate', '--dry-run']]) {
    const { code, stdout, stderr } = await runDaemon(t, settings, arguments_);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /DATABASE_URL: .*version 9999 \(9999-later\.sql\).*newer/);
    assert.equal(stdout, '');
  }
});

test('a database that is away keeps nothing from starting or from being recorded', async (t) => {
  const daemon = await startDaemon(t, { DATABASE_URL: 'postgresql://user:hunter2@127.0.0.1:1/none?schema=public' });
  assert.match(daemon.stderr, /store: the database is away.*127\.0\.0\.1/);
  const socket = await connect(daemon, egressPath({ roomName: 'r', trackId: 'TR_1', ...STEREO_48K }));
  await send(socket, Buffer.alloc(19200));
  await close(socket);
  const { wav } = await daemon.ended('r', 'TR_1');
  assert.equal(wav.data.length, 19200);
  await daemon.stop();
  assert.ok(!daemon.stderr.includes('hunter2'));
});

test('--migrate says when the database is away', async (t) => {
  const { code, stdout, stderr } = await runDaemon(t, { DATABASE_URL: 'postgresql://user:hunter2@127.0.0.1:1/none' }, ['--migrate']);
  assert.equal(code, 1, stderr);
  assert.match(stderr, /DATABASE_URL: .*127\.0\.0\.1/);
  assert.ok(!stderr.includes('hunter2'), stderr);
  assert.equal(stdout, '');
});

test('an address with a parameter that nobody knows is a wrong value', async (t) => {
  const { code, stderr } = await runDaemon(t, { DATABASE_URL: 'postgresql://user:hunter2@host/none?shcema=public' });
  assert.equal(code, 2, stderr);
  assert.match(stderr, /DATABASE_URL must be .*shcema/);
  assert.ok(!stderr.includes('hunter2'), stderr);
});

test('a directory that cannot be made stops the start and names DATABASE_URL', async (t) => {
  const { code, stderr } = await runDaemon(t, { DATABASE_URL: 'sqlite:/proc/nothing/here/x.db' });
  assert.equal(code, 1, stderr);
  assert.match(stderr, /DATABASE_URL: cannot write to \/proc\/nothing\/here/);
});
