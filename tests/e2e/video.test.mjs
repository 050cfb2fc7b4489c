// Video comes in over a socket and is on disk as its bytestream and as Matroska, picture by picture.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { WebSocketServer } from 'ws';
import { startDaemon } from './support/daemon.mjs';
import { eventually } from './support/eventually.mjs';
import { askJson } from './support/ask.mjs';
import { built, run, source } from './support/program.mjs';
import { close, closedByPeer, connect, egressPath, refused, send, STEREO_48K } from './support/track.mjs';
import { claimed, frames, ivf, pictures, sentFile, times } from './support/video.mjs';
import { noise } from './support/wav.mjs';

const MEETING = 'RM_video';
const EXTENSION = { h264: '.h264', vp8: '.ivf', vp9: '.ivf' };

function videoPath(codec, trackId = 'TR_v') {
  return `/egress-video?${new URLSearchParams({ roomName: 'r', participant: 'p', trackId, meetingId: MEETING, codec })}`;
}

/** Sends messages as one track and ends it; {raw, movie} are its files. */
async function record(daemon, codec, messages) {
  const socket = await connect(daemon, videoPath(codec));
  for (const message of messages) socket.send(message);
  await close(socket, 1000);
  await daemon.logged(MEETING, { event: 'ended' });
  return { raw: daemon.videos(EXTENSION[codec])[0], movie: daemon.videos('.mkv')[0] };
}

function verify(daemon) {
  return run(path.join(source, 'tools/verify'), ['--ledger', daemon.ledgerDirectory, '--recordings', daemon.recordingsDirectory, MEETING]);
}

/** Both files show exactly these pictures. */
async function assertPictures({ raw, movie }, wanted) {
  assert.deepEqual(await pictures(raw), wanted, 'the bytestream');
  assert.deepEqual(await pictures(movie), wanted, 'the Matroska file');
}

for (const codec of ['h264', 'vp8', 'vp9']) {
  test(`${codec}: bytestream and Matroska file show what was sent, picture by picture`, async (t) => {
    const daemon = await startDaemon(t);
    const sent = await frames(t, codec);
    const files = await record(daemon, codec, sent);
    assert.match(path.basename(files.raw), /^[^_]+_r_p_TR_v\.(h264|ivf)$/);
    assert.equal(path.basename(path.dirname(files.raw)), MEETING);
    assert.equal(files.movie, files.raw.replace(/\.\w+$/, '.mkv'));
    await assertPictures(files, await pictures(sentFile(t, codec, sent)));
    if (codec === 'h264') assert.deepEqual(fs.readFileSync(files.raw), Buffer.concat(sent));
    else assert.equal(claimed(files.raw), sent.length);
    const shown = await times(files.movie);
    assert.ok(shown.every((time, i) => i === 0 || time > shown[i - 1]), 'times go up');
  });

  test(`${codec}: after kill -9 both files play all that had come, and the meeting is proven`, async (t) => {
    const daemon = await startDaemon(t, {}, { cleanEnd: false });
    const sent = await frames(t, codec);
    const socket = await connect(daemon, videoPath(codec));
    for (const message of sent) socket.send(message);
    const size = fs.statSync(sentFile(t, codec, sent)).size; // headers and all: they outweigh the last frames
    await eventually(async () => {
      const [raw] = daemon.videos(EXTENSION[codec]);
      const [movie] = daemon.videos('.mkv');
      return raw && movie && fs.statSync(raw).size === size && (await times(movie).catch(() => [])).length === sent.length;
    }, 'everything is on disk');
    daemon.program.kill('SIGKILL');
    await daemon.program.end();
    socket.terminate();
    const files = { raw: daemon.videos(EXTENSION[codec])[0], movie: daemon.videos('.mkv')[0] };
    await assertPictures(files, await pictures(sentFile(t, codec, sent)));
    const proven = await verify(daemon);
    assert.equal(proven.code, 0, proven.stdout + proven.stderr);
    assert.match(proven.stdout, /1 of 1 tracks proven/);
  });

  test(`${codec}: what comes before the first key frame is dropped, and said`, async (t) => {
    const daemon = await startDaemon(t);
    const sent = await frames(t, codec);
    const files = await record(daemon, codec, sent.slice(1));
    const whole = await pictures(sentFile(t, codec, sent));
    const recorded = await pictures(files.raw);
    assert.ok(recorded.length >= 30 && recorded.length < 45, `${recorded.length} pictures`);
    await assertPictures(files, whole.slice(-recorded.length));
    assert.match(daemon.stderr, /does not begin with a key frame/);
  });
}

for (const codec of ['vp8', 'vp9']) {
  test(`${codec}: an IVF stream cut anywhere is recognised`, async (t) => {
    const daemon = await startDaemon(t);
    const sent = await frames(t, codec);
    const stream = ivf(codec, sent);
    const messages = [];
    for (let at = 0; at < stream.length; at += 997) messages.push(stream.subarray(at, at + 997));
    await assertPictures(await record(daemon, codec, messages), await pictures(sentFile(t, codec, sent)));
  });

  test(`${codec}: GStreamer reads the file back`, async (t) => {
    const daemon = await startDaemon(t);
    const { raw } = await record(daemon, codec, await frames(t, codec));
    const { code, stderr } = await run('gst-launch-1.0', ['-q', 'filesrc', `location=${raw}`, '!', 'ivfparse', '!', `${codec}dec`, '!', 'fakesink']);
    assert.equal(code, 0, stderr);
  });
}

test('h264: a stream cut anywhere is put together again', async (t) => {
  const daemon = await startDaemon(t);
  const sent = await frames(t, 'h264');
  const stream = Buffer.concat(sent);
  const messages = [];
  for (let at = 0; at < stream.length; at += 701) messages.push(stream.subarray(at, at + 701));
  const files = await record(daemon, 'h264', messages);
  assert.deepEqual(fs.readFileSync(files.raw), stream);
  await assertPictures(files, await pictures(sentFile(t, 'h264', sent)));
});

for (const codec of ['h264', 'vp8', 'vp9']) {
  test(`${codec}: a change of resolution is recorded`, async (t) => {
    const daemon = await startDaemon(t);
    const small = await frames(t, codec, 15);
    const large = await frames(t, codec, 15, { width: 640, height: 480 });
    const files = await record(daemon, codec, [...small, ...large]);
    const wanted = await pictures(sentFile(t, codec, [...small, ...large]));
    assert.equal(wanted.length, 30);
    await assertPictures(files, wanted);
  });
}

test('garbage is dropped and said; the service goes on', async (t) => {
  const daemon = await startDaemon(t);
  const sent = await frames(t, 'vp8');
  const files = await record(daemon, 'vp8', [Buffer.alloc(100, 0xff), ...sent]);
  await assertPictures(files, await pictures(sentFile(t, 'vp8', sent)));
  assert.match(daemon.stderr, /no video of the declared codec/);
});

test('IVF of another codec is refused by its Close frame, and that nothing is recorded is said', async (t) => {
  const daemon = await startDaemon(t);
  const socket = await connect(daemon, videoPath('vp8'));
  socket.send(fs.readFileSync(sentFile(t, 'vp9', await frames(t, 'vp9'))));
  assert.deepEqual(await closedByPeer(socket), { code: 1003, reason: 'the IVF stream is not vp8' });
  await daemon.logged(MEETING, { event: 'ended' });
  await eventually(() => /nothing was received that can be recorded: the IVF stream is not vp8/.test(daemon.stderr), 'it is said');
  assert.deepEqual(daemon.videos('.ivf'), []);
});

test('more frames than any video has end the connection; what came before is recorded', async (t) => {
  const daemon = await startDaemon(t);
  const [key] = await frames(t, 'vp8');
  const socket = await connect(daemon, videoPath('vp8'));
  socket.send(key);
  const delta = Buffer.from([0x11, 0, 0, 1]);
  for (let i = 0; i < 100_000; i += 1) socket.send(delta);
  socket.on('error', () => {}); // a reset may overtake the Close frame of whoever goes on sending
  await closedByPeer(socket);
  await daemon.logged(MEETING, { event: 'ended' });
  await eventually(() => /socket lost.*more than 1000 frames a second: this is no video/.test(daemon.stderr), 'the reason is logged');
  assert.ok(claimed(daemon.videos('.ivf')[0]) >= 10_000);
});

test('the ledger has the wall clock of the first frame, in milliseconds of the track', async (t) => {
  const daemon = await startDaemon(t);
  const before = Date.now();
  const { raw } = await record(daemon, 'vp8', await frames(t, 'vp8'));
  const part = await eventually(() => daemon.ledgers(MEETING).flat().find(({ line }) => line === 'part'), 'the part is in the ledger');
  assert.equal(part.rate, 1000);
  assert.equal(part.channels, 0);
  assert.equal(path.resolve(part.file), raw);
  // The clock is read when the frames are there; the first one is placed up to a few seconds before.
  assert.ok(Date.parse(part.utc) >= before - 5000 && Date.parse(part.utc) <= Date.now());
});

test('tools/verify proves a meeting of sound and pictures; a file that was cut, or is unknown, is named', async (t) => {
  const daemon = await startDaemon(t);
  for (const codec of ['h264', 'vp8']) {
    const socket = await connect(daemon, videoPath(codec, `TR_${codec}`));
    for (const message of await frames(t, codec)) socket.send(message);
    await close(socket, 1000);
  }
  const sound = await connect(daemon, egressPath({ roomName: 'r', trackId: 'TR_a', meetingId: MEETING, ...STEREO_48K }));
  await send(sound, noise(192000));
  await close(sound);
  const ends = await daemon.logged(MEETING, { event: 'ended' }, 3);
  assert.deepEqual(ends.map(({ outcome }) => outcome), ['ok', 'ok', 'ok']);
  const proven = await verify(daemon);
  assert.equal(proven.code, 0, proven.stdout + proven.stderr);
  assert.match(proven.stdout, /3 of 3 tracks proven/);
  const drawn = await run(path.join(source, 'tools/timeline'), [path.join(daemon.logsDirectory, `${MEETING}.log`)]);
  assert.deepEqual([drawn.code, drawn.stdout.match(/>video</g)?.length, drawn.stdout.match(/<polygon /g)?.length], [0, 2, 1], drawn.stderr);
  for (const { track } of ends) {
    const coverage = await askJson(daemon, `/api/tracks/${track}/coverage?meetingId=${MEETING}`);
    assert.equal(coverage.complete, true, JSON.stringify(coverage));
  }

  const files = ['.h264', '.ivf'].map((extension) => daemon.videos(extension)[0]);
  fs.truncateSync(files[0], fs.statSync(files[0]).size - 1);
  const vp8 = fs.readFileSync(files[1]);
  fs.writeFileSync(files[1], vp8.subarray(0, vp8.length / 2));
  fs.writeFileSync(files[0].replace('.h264', '-other.h264'), fs.readFileSync(files[0]));
  const broken = await verify(daemon);
  assert.equal(broken.code, 1);
  assert.match(broken.stdout, /PROBLEM: the recording \S+TR_vp8.ivf cannot be read: its header says 45 frames, \d+ are there/);
  assert.match(broken.stdout, /PROBLEM: \S+TR_h264.h264 has \d+ bytes, the ledger says \d+/);
  assert.match(broken.stdout, /PROBLEM: no ledger knows the recording \S+TR_h264-other.h264/);
});

test('egress-sim sends the pictures of any file, signed if asked, and says what is wrong with it', async (t) => {
  const EGRESS_AUTH_SECRET = '0123456789abcdef0123456789abcdef';
  const daemon = await startDaemon(t, { EGRESS_AUTH: 'token', EGRESS_AUTH_SECRET });
  const movie = sentFile(t, 'vp9', await frames(t, 'vp9', 30));
  const sim = (...args) => run(built.egressSim, ['--url', `ws://127.0.0.1:${daemon.port}/egress-video`, '--meeting', MEETING, '--json', '--quiet', ...args],
    { env: { ...process.env, EGRESS_AUTH_SECRET } });
  for (const codec of ['h264', 'vp8']) {
    const { code, stdout, stderr } = await sim('--video', movie, '--codec', codec, '--track', `TR_${codec}`, '--sign', ...(codec === 'vp8' ? ['--fast'] : []));
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).frames, 30);
  }
  const ends = await daemon.logged(MEETING, { event: 'ended' }, 2);
  assert.deepEqual(ends.map(({ outcome }) => outcome), ['ok', 'ok']);
  for (const extension of ['.h264', '.ivf']) assert.equal((await pictures(daemon.videos(extension)[0])).length, 30, extension);
  for (const [args, message] of [[['--video', movie], /401|unauthorized|token/i], [['--video', '/nonexistent', '--sign'], /\/nonexistent/]]) {
    const { code, stderr } = await sim(...args);
    assert.equal(code, 1, stderr);
    assert.match(stderr, message);
  }
});

test('egress-sim fails when the server does not read to the end, and says so', async (t) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  server.on('connection', (socket) => socket.pause());
  await eventually(() => server.address(), 'it listens');
  const movie = sentFile(t, 'vp8', await frames(t, 'vp8', 15));
  const { code, stderr } = await run(built.egressSim, ['--url', `ws://127.0.0.1:${server.address().port}/egress-video`, '--video', movie, '--codec', 'vp8', '--fast']);
  assert.equal(code, 1, stderr);
  assert.match(stderr, /the server did not say goodbye.*the end may be lost/);
});

for (const [codec, message] of [['', /codec is required/], ['av1', /av1 is not recorded/], ['h265', /h265 is not recorded/], ['mpeg2', /must be h264, vp8 or vp9/]]) {
  test(`codec=${codec} is refused`, async (t) => {
    const daemon = await startDaemon(t);
    const answer = await refused(daemon, videoPath(codec));
    assert.equal(answer.status, 400);
    assert.match(answer.body, message);
  });
}
