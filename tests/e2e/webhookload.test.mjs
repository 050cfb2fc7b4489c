// Many webhooks beside many tracks: neither loses anything. `tools/bench webhooks` measures what they cost each other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { askJson } from './support/ask.mjs';
import { startDaemon } from './support/daemon.mjs';
import { databases } from './support/database.mjs';
import { eventually } from './support/eventually.mjs';
import { KEY, SECRET, webhook } from './support/livekit.mjs';
import { meetingEvents } from './support/meetingevents.mjs';
import { close, connect, egressPath, send, STEREO_48K } from './support/track.mjs';
import { assertSameAudio, noise } from './support/wav.mjs';

const TRACKS = 20;
const PIECE = 19200; // 100 ms

const unix = (text) => (text ? Math.floor(Date.parse(text) / 1000) : null);

/** All sessions, page by page, as `meetingEvents` writes them. */
async function sessions(daemon) {
  const found = {};
  for (let cursor = ''; cursor !== undefined;) {
    const page = await askJson(daemon, `/api/sessions?limit=200${cursor}`);
    for (const one of page.sessions) found[one.meetingId] = [one.roomName, one.status, unix(one.startedAt), unix(one.endedAt)];
    cursor = page.nextCursor ? `&cursor=${page.nextCursor}` : undefined;
  }
  return found;
}

/** Sends every event, twenty at a time; `progress` hears of each answer. */
async function sendAll(daemon, events, progress) {
  let next = 0;
  await Promise.all(Array.from({ length: 20 }, async () => {
    while (next < events.length) {
      const status = await webhook(daemon, events[next++]);
      assert.equal(status, 204);
      progress();
    }
  }));
}

/** Tracks that are sent a piece of their audio whenever `advance` is called. */
async function tracks(daemon) {
  const all = await Promise.all(Array.from({ length: TRACKS }, async (_, i) => ({
    id: `TR_${i}`, audio: noise(PIECE * 20, i + 1), sent: 0,
    socket: await connect(daemon, egressPath({ roomName: 'room', trackId: `TR_${i}`, meetingId: 'load', ...STEREO_48K })),
  })));
  const piece = (track) => {
    const from = track.sent;
    track.sent = Math.min(from + PIECE, track.audio.length);
    return send(track.socket, track.audio.subarray(from, track.sent));
  };
  return {
    advance: () => Promise.all(all.map(piece)),
    async finish() {
      for (const track of all) {
        while (track.sent < track.audio.length) await piece(track);
        await close(track.socket);
      }
      for (const { id, audio } of all) {
        const { line, wav } = await daemon.ended('load', id);
        assert.equal(line.outcome, 'ok', line.message);
        assertSameAudio(wav.data, audio, `the recording of ${id}`);
      }
    },
  };
}

for (const [[name, database], count] of [[databases[0], 2000], [databases[1], 1000]]) {
  test(`${count} webhooks beside ${TRACKS} tracks, on ${name}: every session is right, every recording whole`, async (t) => {
    const { events, sessions: expected } = await meetingEvents(count);
    const { url } = await database(t);
    const daemon = await startDaemon(t, { LIVEKIT_API_KEY: KEY, LIVEKIT_API_SECRET: SECRET, DATABASE_URL: url,
      EGRESS_MAX_FILL_MS: '0' }); // the tracks are sent as the webhooks are answered, not by the clock
    const load = await tracks(daemon);
    let answered = 0;
    const sending = [];
    await sendAll(daemon, events, () => { if (++answered % 100 === 0) sending.push(load.advance()); });
    await Promise.all(sending);
    await load.finish();
    let found;
    await eventually(async () => isDeepStrictEqual(found = await sessions(daemon), expected), () => assert.deepEqual(found, expected));
  });
}
