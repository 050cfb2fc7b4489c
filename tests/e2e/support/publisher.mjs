// A participant of its own process, by LiveKit's client: publisher.mjs URL TOKEN joins, publishes a tone and says the
// track's id; a line on its input publishes anew. Ends, and leaves, with its input.
import process from 'node:process';
import readline from 'node:readline';
import { AudioFrame, AudioSource, LocalAudioTrack, Room, TrackPublishOptions, TrackSource, dispose } from '@livekit/rtc-node';

const [url, token] = process.argv.slice(2);
const RATE = 48000;
const FRAME = RATE / 100;
const room = new Room();
let open = true;

async function tone(source) {
  for (let at = 0; open; at += FRAME) {
    const frame = AudioFrame.create(RATE, 1, FRAME);
    for (let i = 0; i < FRAME; i += 1) frame.data[i] = 8000 * Math.sin((2 * Math.PI * 440 * (at + i)) / RATE);
    await source.captureFrame(frame).catch(() => {}); // waits when it is ahead of time
  }
}

async function publish() {
  const source = new AudioSource(RATE, 1);
  const options = new TrackPublishOptions();
  options.source = TrackSource.SOURCE_MICROPHONE;
  const publication = await room.localParticipant.publishTrack(LocalAudioTrack.createAudioTrack('microphone', source), options);
  tone(source);
  console.log(`published ${publication.sid}`);
  return publication.sid;
}

await room.connect(url, token, { autoSubscribe: false, dynacast: false });
let sid = await publish();
for await (const line of readline.createInterface({ input: process.stdin })) {
  if (line !== 'again') break;
  await room.localParticipant.unpublishTrack(sid);
  sid = await publish();
}
open = false;
await room.disconnect();
await dispose();
process.exit(0);
