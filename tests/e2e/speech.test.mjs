// Real speech through the running daemon: what is recorded and delivered is what was sent, sample by sample.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { startDaemon } from './support/daemon.mjs';
import { built, run, temporaryDirectory } from './support/program.mjs';
import { assertLogLines } from './support/schema.mjs';
import { peak, rms, speak } from './support/speech.mjs';
import { startStub } from './support/stub.mjs';
import { close, connect, egressPath, send, STEREO_48K } from './support/track.mjs';
import { assertSameAudio, parseWav } from './support/wav.mjs';

const FRAME = 4; // bytes of a stereo sample
const EVERYTHING = { AUDIO_PIPELINE_SEND_SILENCE: 'true' }; // the synthesizer ends with digital silence

/** Plays the speakers through egress-sim; tracks TR_0 and TR_1 of meeting `RM_speech`. */
async function play(daemon, speakers, options = []) {
  const files = speakers.flatMap(({ file }) => ['--audio', file]);
  const { code, stdout, stderr } = await run(built.egressSim, ['--url', `ws://127.0.0.1:${daemon.port}/egress-audio`,
    '--fast', '--quiet', '--tracks', String(speakers.length), '--room', 'speech room', '--meeting', 'RM_speech',
    '--participant', 'speaker', '--track', 'TR_', ...files, ...options]);
  assert.equal(code, 0, stdout + stderr);
}

/** The ends of all tracks of the meeting, in the order of `speakers`. */
async function endsOf(daemon, speakers) {
  const lines = await daemon.logged('RM_speech', { event: 'ended' }, speakers.length);
  return [...lines].sort((a, b) => a.trackId.localeCompare(b.trackId));
}

test('speech of two tracks is recorded and delivered sample by sample, in order', async (t) => {
  const stub = await startStub(t);
  const daemon = await startDaemon(t, { IMENTIV_ENDPOINT_URL: `${stub.url}?tenant=a%20b`, IMENTIV_API_KEY: 'k', ...EVERYTHING });
  const speakers = await speak(temporaryDirectory(t));
  await play(daemon, speakers);
  const ends = await endsOf(daemon, speakers);
  for (const [index, { samples }] of speakers.entries()) {
    const { file, trackId, participant, outcome, message, blocks } = ends[index];
    assert.equal(outcome, 'ok', message);
    const { wav } = await daemon.ended('RM_speech', trackId);
    assert.deepEqual([wav.rate, wav.channels, wav.bits], [48000, 2, 16]);
    assertSameAudio(wav.data, samples, file);
    assertSameAudio(stub.joined(trackId), samples, `the blocks of ${trackId}`);
    const delivered = stub.blocks(trackId);
    assert.equal(delivered.length, blocks);
    assert.equal(blocks, Math.ceil(samples.length / FRAME / 96000));
    for (const [sequence, block] of delivered.entries()) {
      assert.deepEqual(Object.fromEntries(new URLSearchParams(block.query)),
        { tenant: 'a b', meetingId: 'RM_speech', participant, track: trackId, sr: '48000', ch: '2' });
      assert.equal(block.headers['content-type'].split(';')[0], 'audio/L16');
      assert.equal(block.headers['x-meeting-id'], 'RM_speech');
      assert.equal(block.headers['x-participant-id'], participant);
      assert.equal(block.headers['x-block-sequence'], String(sequence));
      assert.equal(block.headers.authorization, 'present');
      assert.match(block.headers['x-block-start'], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
    }
    assert.equal(new Set(delivered.map((block) => block.headers['idempotency-key'])).size, delivered.length);
  }
});

test('every line of the pipeline log is what its schema promises, and the blocks cover the track', async (t) => {
  const stub = await startStub(t);
  const daemon = await startDaemon(t, { IMENTIV_ENDPOINT_URL: stub.url });
  const speakers = await speak(temporaryDirectory(t));
  await play(daemon, speakers, ['--mute', '1:2']);
  const ends = await endsOf(daemon, speakers);
  assertLogLines(daemon.log('RM_speech'));
  for (const [index, { trackId }] of ends.entries()) {
    const events = (event) => daemon.log('RM_speech', { trackId, event });
    assert.equal(events('started').length, 1);
    assert.deepEqual(events('muted').map((line) => line.muted), [true, false]);
    assert.equal(events('delivered').length + events('skipped').length, events('block').length);
    let next = 0;
    for (const block of events('block')) {
      assert.equal(block.sample, next);
      assert.equal(block.bytes, block.samples * FRAME);
      next += block.samples;
    }
    assert.equal(next * FRAME, speakers[index].samples.length);
    assert.equal(daemon.log('RM_speech', { trackId }).at(-1).event, 'ended');
  }
});

test('the recording lies in the directory of its meeting, named by time, room, participant and track', async (t) => {
  const daemon = await startDaemon(t);
  const socket = await connect(daemon, egressPath({ roomName: 'room', participant: 'ada', trackId: 'TR_1',
    meetingId: 'RM_1', ...STEREO_48K }));
  await send(socket, Buffer.alloc(1920));
  await close(socket);
  const { line } = await daemon.ended('RM_1', 'TR_1');
  assert.deepEqual(daemon.recordings(), [line.file]);
  assert.equal(path.dirname(line.file), path.join(daemon.recordingsDirectory, 'RM_1'));
  assert.match(path.basename(line.file), /^\d{4}-?\d\d-?\d\dT\d\d-?\d\d-?\d\d[-.]?\d{3}Z_room_ada_TR_1\.wav$/);
});

test('without a meeting id the name of the room is the directory and the name of the log', async (t) => {
  const daemon = await startDaemon(t);
  const socket = await connect(daemon, egressPath({ room: 'the room', track: 'TR_1', ...STEREO_48K }));
  await send(socket, Buffer.alloc(1920));
  await close(socket);
  const { line } = await daemon.ended('the room', 'TR_1');
  assert.equal(line.meetingId, '');
  assert.equal(path.dirname(line.file), path.join(daemon.recordingsDirectory, 'the room'));
});

test('payload wav delivers every block as a WAV file of its own', async (t) => {
  const stub = await startStub(t);
  const daemon = await startDaemon(t, { IMENTIV_ENDPOINT_URL: stub.url, AUDIO_PIPELINE_PAYLOAD: 'wav', ...EVERYTHING });
  const speakers = await speak(temporaryDirectory(t));
  await play(daemon, speakers);
  const ends = await endsOf(daemon, speakers);
  for (const [index, { trackId }] of ends.entries()) {
    const wavs = stub.blocks(trackId).map(({ headers, body }) => {
      assert.equal(headers['content-type'], 'audio/wav');
      return parseWav(body);
    });
    for (const wav of wavs) assert.deepEqual([wav.rate, wav.channels, wav.bits], [48000, 2, 16]);
    assertSameAudio(Buffer.concat(wavs.map((wav) => wav.data)), speakers[index].samples, trackId);
  }
});

test('normalising makes the delivered blocks louder, never clips, and leaves the recording untouched', async (t) => {
  const stub = await startStub(t);
  const daemon = await startDaemon(t, { IMENTIV_ENDPOINT_URL: stub.url, AUDIO_PIPELINE_NORMALIZE: 'true', ...EVERYTHING });
  const speakers = await speak(temporaryDirectory(t), { gain: -20 });
  await play(daemon, speakers);
  const ends = await endsOf(daemon, speakers);
  for (const [index, { trackId }] of ends.entries()) {
    const { samples } = speakers[index];
    const { wav } = await daemon.ended('RM_speech', trackId);
    assertSameAudio(wav.data, samples, 'the recording');
    const blocks = daemon.log('RM_speech', { trackId, event: 'block' });
    const delivered = stub.blocks(trackId);
    assert.equal(delivered.length, blocks.length);
    assert.ok(rms(stub.joined(trackId)) > 2 * rms(samples), 'what is delivered is louder');
    for (const [i, block] of blocks.entries()) {
      const sent = samples.subarray(block.sample * FRAME, (block.sample + block.samples) * FRAME);
      assert.equal(delivered[i].body.length, sent.length);
      assert.ok(peak(sent) * block.gain <= 32767.5, `block ${i} with its gain of ${block.gain} does not clip`);
      for (let at = 0; at < sent.length; at += 2) {
        const wanted = sent.readInt16LE(at) * block.gain;
        const got = delivered[i].body.readInt16LE(at);
        if (Math.abs(got - wanted) > 1) assert.fail(`block ${i}, byte ${at}: ${got}, expected ${wanted}`);
      }
    }
  }
});

for (const [groupSeconds, samplesInBlock] of [['0.5', 24000], ['300', 144000]]) {
  test(`groupSeconds=${groupSeconds} of a socket overrides the configured length of a block`, async (t) => {
    const stub = await startStub(t);
    const daemon = await startDaemon(t, { IMENTIV_ENDPOINT_URL: stub.url, AUDIO_PIPELINE_GROUP_SECONDS: '1' });
    const audio = Buffer.alloc(144000 * FRAME, 1);
    const socket = await connect(daemon, egressPath({ roomName: 'r', trackId: 'TR_1', ...STEREO_48K, groupSeconds }));
    await send(socket, audio);
    await close(socket);
    await daemon.ended('r', 'TR_1');
    const blocks = daemon.log('r', { event: 'block' });
    assert.deepEqual(blocks.map((block) => block.samples), Array(144000 / samplesInBlock).fill(samplesInBlock));
    assertSameAudio(stub.joined('TR_1'), audio, 'the blocks');
  });
}

test('without IMENTIV_ENDPOINT_URL it records only, and says so once', async (t) => {
  const daemon = await startDaemon(t);
  const speakers = await speak(temporaryDirectory(t));
  await play(daemon, speakers);
  for (const [index, { trackId }] of (await endsOf(daemon, speakers)).entries()) {
    const { wav } = await daemon.ended('RM_speech', trackId);
    assertSameAudio(wav.data, speakers[index].samples, trackId);
  }
  assert.ok(daemon.log('RM_speech', { event: 'block' }).length > 0, 'blocks are measured');
  assert.deepEqual(daemon.log('RM_speech', { event: 'delivered' }), []);
  assert.equal(daemon.stderr.match(/IMENTIV_ENDPOINT_URL/g)?.length, 1, daemon.stderr);
});
