// What stops a start says what is wrong and where; what is documented works.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { once } from 'node:events';
import { test } from 'node:test';
import { daemonEnvironment, runDaemon, startDaemon } from './support/daemon.mjs';
import { built, Program, source, temporaryDirectory } from './support/program.mjs';
import { close, connect, egressPath, send, STEREO_48K } from './support/track.mjs';

const SHIPPED = fs.readFileSync(path.join(source, 'pipelines/audio.json'), 'utf8');

function descriptions(t, files) {
  const directory = temporaryDirectory(t);
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(directory, name), text);
  return directory;
}

/** The shipped description, changed. */
function changed(change) {
  const description = JSON.parse(SHIPPED);
  change(description);
  return JSON.stringify(description, null, 2);
}

const BROKEN = [
  ['a syntax error', SHIPPED.replace('"title":', '"title"'), /audio\.json:2:\d+/],
  ['a file that ends too early', SHIPPED.slice(0, 400), /audio\.json:\d+:\d+/],
  ['a member the schema does not know', changed((d) => { d.colour = 'red'; }), /audio\.json.*colour/],
  ['no template', changed((d) => { delete d.template; }), /audio\.json.*template/],
  ['a parameter of an unknown type', changed((d) => { d.parameters.properties.rate.type = 'float'; }),
    /audio\.json: \/parameters\/properties\/rate/],
  ['an unknown element', changed((d) => { d.template[0] = d.template[0].replace('wsaudiosrc', 'nosuchsource'); }),
    /audio\.json: \/template.*nosuchsource/],
  ['an unknown property in the template', changed((d) => { d.template[1] += ' no-such=1'; }),
    /audio\.json: \/template.*no-such/],
  ['a parameter of an unknown property', changed((d) => { d.parameters.properties.rate.property = 'no-such'; }),
    /audio\.json: \/parameters\/properties\/rate.*no-such/],
  ['a parameter of an unknown role', changed((d) => { d.parameters.properties.rate.element = 'nobody'; }),
    /audio\.json: \/parameters\/properties\/rate.*nobody/],
  ['a binding to an unknown property', changed((d) => { d.bindings[0].to.property = 'no-such'; }),
    /audio\.json: \/bindings\/0.*no-such/],
  ['a limit the element does not take', changed((d) => { d.parameters.properties.channels.maximum = 1e9; }),
    /audio\.json: \/parameters\/properties\/channels/],
  ['no way to take the connection', changed((d) => { delete d.handles; }), /audio\.json.*connection/],
];

for (const [what, text, expected] of BROKEN) {
  test(`a description with ${what} stops the start with file, place and reason`, async (t) => {
    const { code, stdout, stderr } = await runDaemon(t, { PIPELINES_DIR: descriptions(t, { 'audio.json': text }) });
    assert.equal(code, 1, stderr);
    assert.match(stderr, expected);
    assert.equal(stdout, '', 'it never said that it listens');
  });
}

test('a description in PIPELINES_DIR replaces the shipped one of its name', async (t) => {
  const PIPELINES_DIR = descriptions(t, { 'audio.json': changed((d) => {
    d.variants['record-only'].template[0] = 'wsaudiosrc name=source ! audioconvert ! audio/x-raw,channels=1 ! tee name=split';
  }) });
  const daemon = await startDaemon(t, { PIPELINES_DIR });
  const socket = await connect(daemon, egressPath({ roomName: 'r', trackId: 'TR_1', ...STEREO_48K }));
  await send(socket, Buffer.alloc(19200));
  await close(socket);
  const { wav } = await daemon.ended('r', 'TR_1');
  assert.deepEqual([wav.channels, wav.data.length], [1, 9600], 'the replacement mixes down');
});

test('a PIPELINES_DIR that does not exist stops the start and is named', async (t) => {
  const { code, stderr } = await runDaemon(t, { PIPELINES_DIR: '/nonexistent/pipelines' });
  assert.equal(code, 1, stderr);
  assert.match(stderr, /\/nonexistent\/pipelines/);
});

const BAD_VALUES = {
  HOST: 'not an address', PORT: '65536', HTTP_MAX_CONNECTIONS: '0', HTTP_HEADER_TIMEOUT_MS: '-1',
  HTTP_REQUEST_TIMEOUT_MS: 'soon', HTTP_MAX_BODY_BYTES: '1e9', HTTP_MAX_BODY_BYTES_TOTAL: 'all',
  HTTP_MAX_CONNECTIONS_PER_ADDRESS: '-1', HTTP_MAX_SOCKETS_PER_SECOND: '0.5', TRUSTED_PROXIES: 'proxy.example.org', CORS_ORIGINS: 'meet.example.org',
  EGRESS_MAX_TRACKS: '1.5', EGRESS_CONTEXT_WAIT_MS: '0', EGRESS_MAX_MESSAGE_BYTES: '1',
  AUDIO_PIPELINE_GROUP_SECONDS: '0', AUDIO_PIPELINE_MAX_BYTES: '1', AUDIO_PIPELINE_IDLE_FLUSH_MS: 'never',
  AUDIO_PIPELINE_PAYLOAD: 'mp3', AUDIO_PIPELINE_NORMALIZE: 'maybe', AUDIO_PIPELINE_TARGET_DBFS: '3',
  AUDIO_PIPELINE_TIMEOUT_MS: '5s', IMENTIV_ENDPOINT_URL: 'ftp://example.org', IMENTIV_API_KEY: 'two words',
  IMENTIV_MAX_ATTEMPTS: '0', IMENTIV_MAX_IN_FLIGHT: '0', IMENTIV_MAX_QUEUE_BYTES: '1', IMENTIV_DRAIN_TIMEOUT_MS: '-1',
  SHUTDOWN_TIMEOUT_MS: '1', LOG_LEVEL: 'loud', EGRESS_AUTH: 'maybe', EGRESS_AUTH_SECRET: 'too-short',
  DATABASE_URL: 'mysql://user:hunter2@host/database',
  LIVEKIT_URL: 'localhost:7880', LIVEKIT_API_SECRET: 'two words', LIVEKIT_TOKEN_TTL: '5s',
  MEET_PORT: '65536',
};
const SECRET = /^(IMENTIV_(ENDPOINT_URL|API_KEY)|EGRESS_AUTH_SECRET|LIVEKIT_URL|LIVEKIT_API_SECRET|DATABASE_URL)$/;

for (const [name, value] of Object.entries(BAD_VALUES)) {
  test(`a wrong ${name} is named, with what is allowed`, async (t) => {
    const { code, stderr, stdout } = await runDaemon(t, { [name]: value });
    assert.equal(code, 2, stderr);
    assert.match(stderr, new RegExp(`\\b${name} must be `));
    assert.equal(stderr.includes(`'${value}'`), !SECRET.test(name), stderr);
    assert.equal(stdout, '');
  });
}

test('the limits that a refusal names are accepted, all together', async (t) => {
  const limits = {};
  for (const [name, value] of Object.entries(BAD_VALUES)) {
    const { stderr } = await runDaemon(t, { [name]: value });
    const range = / number from (\S+) to (\S+), not/.exec(stderr);
    if (range && !name.endsWith('PORT')) limits[name] = range[2];
  }
  assert.ok(Object.keys(limits).length > 12, JSON.stringify(limits));
  const daemon = await startDaemon(t, { ...limits, IMENTIV_ENDPOINT_URL: 'http://127.0.0.1:1/' });
  const socket = await connect(daemon, egressPath({ roomName: 'r', trackId: 'TR_1' }));
  await close(socket);
  const [line] = await daemon.logged('r', { event: 'ended' });
  assert.equal(line.outcome, 'ok', line.message);
});

test('a directory that cannot be written stops the start and names its variable', async (t) => {
  for (const name of ['EGRESS_AUDIO_OUTPUT_DIR', 'PIPELINE_LOG_DIR']) {
    const { code, stderr } = await runDaemon(t, { [name]: '/proc/nothing/here' });
    assert.equal(code, 1, stderr);
    assert.match(stderr, new RegExp(`${name}|/proc/nothing/here`));
  }
});

test('a port that is in use stops the start and says so', async (t) => {
  const other = net.createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.after(() => other.close());
  const { port } = other.address();
  const { code, stderr, stdout } = await runDaemon(t, { PORT: String(port) });
  assert.equal(code, 1, stderr);
  assert.match(stderr, new RegExp(`127\\.0\\.0\\.1 port ${port}.*in use`));
  assert.equal(stdout, '');
});

test('an argument it does not know is wrong use', async (t) => {
  const { code, stderr } = await runDaemon(t, {}, ['--port=1']);
  assert.equal(code, 2);
  assert.match(stderr, /--help/);
});

test('--version prints name and version', async (t) => {
  const { code, stdout } = await runDaemon(t, {}, ['--version']);
  assert.equal(code, 0);
  assert.match(stdout, /^live-meetingd \d+\.\d+\.\d+\n$/);
});

function assignments(text, pattern) {
  return Object.fromEntries([...text.matchAll(pattern)].map(([, name, value]) => [name, value]));
}

test('--help and .env.example name the same variables with the same defaults', async (t) => {
  const { code, stdout } = await runDaemon(t, { PORT: 'broken' }, ['--help']);
  assert.equal(code, 0, 'help is there whatever the settings');
  const example = fs.readFileSync(path.join(source, '.env.example'), 'utf8');
  const documented = assignments(example, /^([A-Z][A-Z0-9_]*)=(.*)$/gm);
  assert.deepEqual(documented, assignments(stdout, /^ +([A-Z][A-Z0-9_]*)=(.*)$/gm));
  assert.ok(Object.keys(documented).length > 20);
});

test('.env.example works as .env', async (t) => {
  const directory = temporaryDirectory(t);
  fs.copyFileSync(path.join(source, '.env.example'), path.join(directory, '.env'));
  const { PATH, GST_REGISTRY_1_0, ASAN_OPTIONS, UBSAN_OPTIONS, LSAN_OPTIONS } = daemonEnvironment(directory);
  const kept = Object.entries({ PATH, GST_REGISTRY_1_0, ASAN_OPTIONS, UBSAN_OPTIONS, LSAN_OPTIONS }).filter(([, v]) => v);
  const daemon = new Program('python3', [path.join(source, 'tools/lib/withenv.py'), '.env', built.daemon],
    { cwd: directory, env: { ...Object.fromEntries(kept), PORT: '0', MEET_PORT: 'none' } });
  t.after(() => daemon.kill('SIGKILL'));
  await daemon.printed(/^listening on http:\/\/127\.0\.0\.1:\d+$/m);
  daemon.kill('SIGTERM');
  assert.equal((await daemon.end()).code, 0, daemon.output());
  assert.ok(fs.existsSync(path.join(directory, 'storage/egress/audio')), 'the default directories are made');
});
