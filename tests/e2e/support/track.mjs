import assert from 'node:assert/strict';
import { once } from 'node:events';
import WebSocket from 'ws';
import { within } from './eventually.mjs';
import { assertSameAudio, noise } from './wav.mjs';

export const STEREO_48K = { sampleRate: 48000, channels: 2 };
const MESSAGE = 1920; // 10 ms of 48 kHz stereo, as LiveKit sends

export function egressPath(parameters) {
  return `/egress-audio?${new URLSearchParams(parameters)}`;
}

/** An open egress socket of the stock client, or an error with `status`, `headers` and `body` of the refusal. */
export function connect(daemon, pathAndQuery, options = {}) {
  const scheme = daemon.url.startsWith('https') ? 'wss' : 'ws';
  const socket = new WebSocket(`${scheme}://127.0.0.1:${daemon.port}${pathAndQuery}`, { perMessageDeflate: false, ca: daemon.ca, ...options });
  return within(new Promise((resolve, reject) => {
    socket.on('open', () => resolve(socket));
    socket.on('error', reject);
    socket.on('unexpected-response', (request, response) => {
      const pieces = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('end', () => reject(Object.assign(new Error(`refused with ${response.statusCode}`), {
        status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces).toString(),
      })));
    });
  }), `the upgrade of ${pathAndQuery.slice(0, 80)} is answered`);
}

/** The refusal of an upgrade; fails when it is let in. */
export async function refused(daemon, pathAndQuery, options) {
  try {
    (await connect(daemon, pathAndQuery, options)).terminate();
  } catch (error) {
    if (error.status) return error;
    throw error;
  }
  return assert.fail(`${pathAndQuery} was let in`);
}

/** Sends audio in messages of `size` bytes and waits until the socket has taken it all. */
export async function send(socket, audio, size = MESSAGE) {
  let last = Promise.resolve();
  for (let at = 0; at < audio.length; at += size) {
    last = new Promise((resolve, reject) => {
      socket.send(audio.subarray(at, at + size), (error) => (error ? reject(error) : resolve()));
    });
    last.catch(() => {});
    if ((at / size) % 256 === 255) await within(last, 'the socket takes the audio');
  }
  return within(last, 'the socket takes the audio');
}

/** Ends a socket with a Close frame and waits for the answer: {code, reason}. */
export async function close(socket, code) {
  const answer = once(socket, 'close');
  socket.close(code);
  const [answered, reason] = await within(answer, 'the close is answered');
  return { code: answered, reason: reason.toString() };
}

/** Waits for the peer's Close: {code, reason}. */
export async function closedByPeer(socket) {
  const [code, reason] = await within(once(socket, 'close'), 'the peer closes');
  return { code, reason: reason.toString() };
}

/**
 * A track that nothing that happens beside it may touch: it sends before, and the rest in `finish`, which compares
 * the recording and, given a stub, the delivered blocks bit by bit.
 */
export async function healthyTrack(daemon, stub = undefined, { meetingId = 'healthy', trackId = 'TR_healthy' } = {}) {
  const audio = noise(MESSAGE * 300, 7);
  const half = MESSAGE * 150;
  const path = egressPath({ roomName: 'healthy', participant: 'well', trackId, meetingId, ...STEREO_48K, groupSeconds: 1 });
  const socket = await connect(daemon, path);
  await send(socket, audio.subarray(0, half));
  return {
    async finish() {
      await send(socket, audio.subarray(half));
      await close(socket);
      const { line, wav } = await daemon.ended(meetingId, trackId);
      assertSameAudio(wav.data, audio, 'the recording of the healthy track');
      if (!stub) return;
      assert.equal(line.outcome, 'ok', line.message);
      assertSameAudio(stub.joined(trackId), audio, 'the blocks of the healthy track');
    },
  };
}
