// Everything but LiveKit's egress is real here: its server, its client, its webhooks, its rooms. Egress calls are answered
// by a peer, and tools/egress-sim sends to the URL that it was given.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RoomServiceClient } from 'livekit-server-sdk';
import { askJson } from './support/ask.mjs';
import { startDaemon } from './support/daemon.mjs';
import { EgressWorkers, PUBLIC_URL } from './support/egressworkers.mjs';
import { eventually } from './support/eventually.mjs';
import { KEY, LiveKit, SECRET } from './support/livekit.mjs';
import { findServer, Speaker, startRelay, startServer } from './support/livekitserver.mjs';

const skip = findServer() ? false : "LiveKit's server is not here; tools/livekit-server --build makes it";

async function started(t, settings = {}) {
  const relay = await startRelay(t);
  const server = await startServer(t, relay);
  const livekit = await new LiveKit(t, { forward: server.url }).listen();
  const place = { relay, server, livekit };
  place.workers = new EgressWorkers(t, livekit, { balance: () => place.daemon, hear: () => relay.target });
  place.daemon = await startDaemon(t, { ...livekit.settings(), MEET_PORT: '0', LIVEKIT_AUTO_EGRESS: 'true', EGRESS_PUBLIC_URL: PUBLIC_URL,
    EGRESS_AUTH: 'token', EGRESS_AUTH_SECRET: '0123456789abcdef0123456789abcdef', ...settings });
  relay.target = place.daemon;
  place.api = new RoomServiceClient(server.url, KEY, SECRET);
  return place;
}

/** Joins with the token that the browser client would get. */
async function join(t, { daemon, server }, name) {
  const { participantToken } = await askJson(await daemon.meet(), `/api/connection-details?roomName=daily&participantName=${name}`);
  return new Speaker(t, server, participantToken);
}

/** The session of the room, once there is one in this state. */
async function session(daemon, status) {
  return eventually(async () => (await askJson(daemon, `/api/sessions?status=${status}`)).sessions.find((one) => one.roomName === 'daily'),
    () => `daily is ${status}\n${daemon.program.output()}`);
}

/** Once every live egress is of one of these tracks, one each. */
async function sends(livekit, tracks) {
  const live = () => livekit.egresses.filter((egress) => livekit.isLive(egress)).map((egress) => egress.track.track_id).sort();
  await eventually(() => JSON.stringify(live()) === JSON.stringify([...tracks].sort()), () => `${tracks} are sent, not ${live()}`);
}

test('a real participant is recorded: token, webhook, session, egress, and the end of each', { skip }, async (t) => {
  const place = await started(t, { LIVEKIT_RECONCILE_MS: '200' });
  const { daemon, livekit, relay, api } = place;
  const ann = await join(t, place, 'ann');
  const track = await ann.track();
  const { meetingId } = await session(daemon, 'ACTIVE');
  assert.equal(meetingId, (await api.listRooms(['daily']))[0].sid);
  const [start] = await daemon.logged(meetingId, { event: 'started', trackId: track });
  assert.match(start.participant, /^ann__/);
  ann.publishAgain();
  const second = await ann.track(2);
  await daemon.logged(meetingId, { event: 'started', trackId: second });
  await daemon.ended(meetingId, track); // nobody but us ends the egress of a track that is gone
  await sends(livekit, [second]);
  await ann.leave();
  const { line, wav } = await daemon.ended(meetingId, second);
  assert.deepEqual([line.outcome, wav.channels, wav.rate], ['ok', 2, 48000]);
  await api.deleteRoom('daily');
  assert.equal((await session(daemon, 'ENDED')).meetingId, meetingId);
  await eventually(() => relay.events.includes('room_finished'), 'the end of the room was told');
  assert.deepEqual(livekit.asked('StartTrackEgress').map(({ body }) => body.trackId), [track, second]);
});

test('webhooks alone start an egress, before any survey', { skip }, async (t) => {
  const place = await started(t, { LIVEKIT_RECONCILE_MS: '0' });
  const ann = await join(t, place, 'ann');
  const track = await ann.track();
  const { meetingId } = await session(place.daemon, 'ACTIVE');
  await place.daemon.logged(meetingId, { event: 'started', trackId: track });
  await ann.leave();
  await eventually(async () => (await askJson(place.daemon, '/api/egress')).egresses.length === 0, 'the track is gone');
});

test('without webhooks surveys of a real server find the track', { skip }, async (t) => {
  const place = await started(t, { LIVEKIT_RECONCILE_MS: '200' });
  const { daemon, livekit, relay } = place;
  relay.target = undefined;
  const speakers = [await join(t, place, 'ann'), await join(t, place, 'bob')];
  const tracks = [await speakers[0].track(), await speakers[1].track()];
  await sends(livekit, tracks);
  const { meetingId } = await session(daemon, 'ACTIVE');
  for (const trackId of tracks) await daemon.logged(meetingId, { event: 'started', trackId });
  await speakers[0].leave();
  await sends(livekit, [tracks[1]]);
  await daemon.ended(meetingId, tracks[0]);
});
