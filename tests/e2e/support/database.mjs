// The two databases a daemon may have, for real, and a look into them from outside.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { eventually } from './eventually.mjs';
import { Program, run, temporaryDirectory } from './program.mjs';

const SQLITE = 'import json,sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.row_factory=sqlite3.Row; '
  + 'r=[dict(x) for x in c.execute(sys.argv[2]).fetchall()]; c.commit(); print(json.dumps(r))';

/** Rows of a statement in a SQLite file, by Python's own driver. */
export async function sqlite(file, sql) {
  const { code, stdout, stderr } = await run('python3', ['-c', SQLITE, file, sql]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

/** {url, query}: a SQLite file that need not be there yet. */
export function sqliteDatabase(t) {
  const file = path.join(temporaryDirectory(t), 'x.db');
  return {
    name: 'SQLite',
    url: `sqlite:${file}`,
    query: (sql) => sqlite(file, sql),
  };
}

/** Debian keeps the server's programs out of PATH, in a directory per version. */
function programs() {
  const versions = fs.readdirSync('/usr/lib/postgresql').sort();
  return path.join('/usr/lib/postgresql', versions.at(-1), 'bin');
}

/** Who runs the server: PostgreSQL refuses root. */
function serverUser() {
  if (process.getuid() !== 0) return {};
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** A PostgreSQL server of the test's own on a Unix socket: {url, query, stop, start}. `stop` takes it away, `start` brings it back. */
export async function postgresDatabase(t) {
  const user = serverUser();
  const server = { name: 'PostgreSQL' };
  const directory = temporaryDirectory(t, () => server.stop?.());
  if ('uid' in user) fs.chownSync(directory, user.uid, user.gid);
  const data = path.join(directory, 'data');
  const options = { ...user, cwd: directory };
  execFileSync(path.join(programs(), 'initdb'), ['-D', data, '--username=tester', '--auth=trust', '--encoding=UTF8',
    '--locale=C.UTF-8', '--no-sync'], { ...options, stdio: ['ignore', 'ignore', 'inherit'] });
  server.start = async () => {
    const program = new Program(path.join(programs(), 'postgres'), ['-D', data, '-k', directory, '-c', 'listen_addresses=',
      '-c', 'fsync=off', '-c', 'shared_buffers=16MB', '-c', 'max_connections=40'], options);
    server.stop = async () => { program.kill('SIGQUIT'); await program.end(); };
    await eventually(() => {
      assert.ok(!program.result, program.output());
      return program.stderr.includes('ready to accept connections');
    }, 'PostgreSQL takes connections');
  };
  await server.start();
  server.url = `postgresql://tester:hunter2@${encodeURIComponent(directory)}/postgres?schema=live`;
  server.query = async (sql) => {
    const { code, stdout, stderr } = await run('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', directory, '-U', 'tester', '-d', 'postgres',
      '-c', 'SET search_path TO live', '-c', /^\s*SELECT/i.test(sql) ? `SELECT coalesce(json_agg(r), '[]') FROM (${sql}) r` : sql]);
    assert.equal(code, 0, stderr);
    return stdout.trim() ? JSON.parse(stdout) : [];
  };
  return server;
}

export const databases = [['SQLite', sqliteDatabase], ['PostgreSQL', postgresDatabase]];
