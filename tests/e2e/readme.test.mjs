// Every gst-launch-1.0 line of the READMEs runs as it stands; only the ports are free ones.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { once } from 'node:events';
import { test } from 'node:test';
import { startDaemon } from './support/daemon.mjs';
import { eventually } from './support/eventually.mjs';
import { build, built, Program, run, source, temporaryDirectory } from './support/program.mjs';
import { close, connect } from './support/track.mjs';
import { claimed, frames, times } from './support/video.mjs';
import { readWav } from './support/wav.mjs';

const ELEMENTS = ['blockaggregator', 'imentivsink', 'wsaudiosrc', 'wavfilesink', 'wssink', 'wsvideosrc', 'videofilesink'];
const SECONDS = 3;

function readme(...folder) {
  const file = path.join(source, ...folder, 'README.md');
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}

/** The gst-launch-1.0 commands of the ```sh blocks; a backslash continues a line. */
function launchLines(text) {
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block.replaceAll('\\\n', ' '));
  return blocks.flatMap((block) => block.split('\n')).filter((line) => /^(\w+=\S+ )*gst-launch-1\.0 /.test(line));
}

function environment(directory) {
  const { LIVE_MEETING_PRELOAD: preload, ...inherited } = process.env;
  return { ...inherited, GST_PLUGIN_PATH_1_0: built.plugins,
    GST_REGISTRY_1_0: inherited.GST_REGISTRY_1_0 ?? path.join(directory, 'registry.bin'),
    ...(preload && { LD_PRELOAD: preload, ASAN_OPTIONS: 'detect_leaks=0' }) };
}

/** Answers every POST with 200 and JSON, and counts. */
async function endpoint(t) {
  const server = http.createServer((request, response) => {
    server.paths.push(request.url.split('?')[0]);
    request.resume().on('end', () => response.setHeader('Content-Type', 'application/json').end('{"emotions":{}}'));
  });
  server.paths = [];
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => { server.closeAllConnections(); server.close(); });
  return server;
}

const lines = [['README.md', readme()], ...ELEMENTS.map((name) => [`plugins/${name}/README.md`, readme('plugins', name)])]
  .flatMap(([file, text]) => launchLines(text).map((line) => ({ file, line })));

for (const [number, { file, line }] of lines.entries()) {
  test(`${file}, launch line ${number + 1}: ${line.replaceAll('#', '')}`, async (t) => {
    const directory = temporaryDirectory(t);
    const server = await endpoint(t);
    const daemon = line.includes('127.0.0.1:3001') && await startDaemon(t);
    // A free port instead of the one in the text; -m makes the source tell which it got.
    const command = line.replaceAll('127.0.0.1:9100', `127.0.0.1:${server.address().port}`)
      .replaceAll('127.0.0.1:3001', `127.0.0.1:${daemon.port}`)
      .replace(/\bport=900[12]\b/, 'port=0').replace('gst-launch-1.0', 'gst-launch-1.0 -m');
    const launch = new Program('sh', ['-c', `exec ${command}`], { cwd: directory, env: environment(directory) });
    t.after(() => launch.kill('SIGKILL'));
    if (line.includes('wsaudiosrc')) {
      assert.match(line, /\bport=9001\b/, 'the line names the port');
      const [, port] = await launch.printed(/wsaudiosrc-listening,.*?port=\(uint\)(\d+)/);
      const { code, stderr } = await run(built.egressSim, ['--url', `ws://127.0.0.1:${port}/egress-audio`, '--fast',
        '--quiet', '--tone', '440', '--duration', String(SECONDS)]);
      assert.equal(code, 0, stderr);
    }
    if (line.includes('wsvideosrc')) {
      assert.match(line, /\bport=9002\b/, 'the line names the port');
      const [, port] = await launch.printed(/wsvideosrc-listening,.*?port=\(uint\)(\d+)/);
      await sendVideo({ port, url: 'http:' }, await frames(t, 'vp8', SECONDS * 30));
    }
    const { code } = await launch.end();
    assert.equal(code, 0, launch.output());
    assert.doesNotMatch(launch.stderr, /CRITICAL|WARNING|ERROR/, launch.output());
    const recording = /filesink location=(\S+\.wav)/.exec(line);
    if (recording) {
      const { data, rate, channels } = readWav(path.join(directory, recording[1]));
      assert.ok(data.length > 0);
      if (line.includes('wsaudiosrc')) assert.equal(data.length, SECONDS * rate * channels * 2, 'every sample that was sent');
    }
    const movie = /filesink location=(\S+\.ivf)/.exec(line);
    if (movie) {
      const file = path.join(directory, movie[1]);
      assert.equal(claimed(file), SECONDS * 30, 'every frame');
      const last = (await times(file)).at(-1);
      assert.ok(last > 0 && (line.includes('wsvideosrc') || Math.abs(last - SECONDS * 1000) < 100), `the last frame is at ${last} ms`);
    }
    if (line.includes('/egress-video')) {
      const [, count] = /num-buffers=(\d+)/.exec(line);
      await eventually(() => daemon.videos('.ivf').some((file) => claimed(file) === Number(count)), 'every frame is recorded');
    } else if (daemon) {
      const [, messages] = /num-buffers=(\d+)/.exec(line);
      const [recording] = daemon.recordings();
      await eventually(() => readWav(recording).data.length === messages * 1024 * 2 * 2, 'every sample of audiotestsrc is recorded');
    }
    if (line.includes('imentivsink')) assert.ok(server.paths.length > 0, 'the endpoint got blocks');
  });
}

async function sendVideo(server, messages) {
  const socket = await connect(server, '/egress-video');
  for (const message of messages) socket.send(message);
  await close(socket, 1000);
}

test('every element has a README with launch lines', () => {
  for (const name of ELEMENTS) {
    assert.ok(lines.some(({ file, line }) => file.includes(`/${name}/`) && line.includes(name)), name);
  }
});

/** Names in the first column of the table below `## Properties`. */
function documentedProperties(text) {
  const section = /^## Properties\n(.*?)(^## |$(?![\s\S]))/ms.exec(text)?.[1] ?? '';
  return [...section.matchAll(/^\| *(`[^|]+)\|/gm)].flatMap(([, cell]) => [...cell.matchAll(/`([a-z0-9-]+)`/g)].map(([, name]) => name));
}

for (const name of ELEMENTS) {
  test(`gst-inspect-1.0 ${name} shows every property of its README`, async (t) => {
    const documented = documentedProperties(readme('plugins', name));
    assert.ok(documented.length > 2, `the README has a table of properties: ${documented}`);
    const { code, stdout, stderr } = await run('gst-inspect-1.0', [name], { env: environment(temporaryDirectory(t)) });
    assert.equal(code, 0, stderr);
    for (const property of documented) assert.match(stdout, new RegExp(`^  ${property} +: \\S`, 'm'), property);
  });
}

test('the shell of meson devenv knows the elements', async () => {
  const { LIVE_MEETING_PRELOAD: preload, ...inherited } = process.env;
  delete inherited.GST_PLUGIN_PATH_1_0; // of the build that runs this test
  const sanitised = preload ? [`LD_PRELOAD=${preload}`, 'ASAN_OPTIONS=detect_leaks=0'] : [];
  for (const element of ELEMENTS) {
    const { code, stdout, stderr } = await run('meson', ['devenv', '-C', build, 'env', ...sanitised, 'gst-inspect-1.0', element],
      { env: inherited });
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`^  Filename +${path.join(built.plugins, 'libgstlivemeeting.so')}$`, 'm'));
  }
});
