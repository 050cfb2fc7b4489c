// The yardstick of `tools/bench ingest` for a Node backend on the `ws` package: per message one positional write to
// the track's WAV file and an entry in the block that is being grouped; a block of 2 s is joined and handed on; the
// header gets its sizes at the end. Usage: node receiver.js DIRECTORY
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { WebSocketServer } from 'ws';

const HEADER_BYTES = 44;
const GROUP_SECONDS = 2;
const directory = process.argv[2];
let blocks = 0;

function wavHeader(dataBytes, sampleRate, channels) {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + dataBytes, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * channels * 2, 28);
  header.writeUInt16LE(channels * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(dataBytes, 40);
  return header;
}

class Track {
  constructor(query) {
    this.sampleRate = Number(query.get('sampleRate') ?? 48000);
    this.channels = Number(query.get('channels') ?? 1);
    this.file = fs.openSync(path.join(directory, `${query.get('trackId')}.wav`), 'w');
    fs.writeSync(this.file, wavHeader(0, this.sampleRate, this.channels), 0, HEADER_BYTES, 0);
    this.bytes = 0;
    this.pending = 0;
    this.group = [];
    this.groupBytes = 0;
    this.ended = false;
  }

  add(chunk) {
    this.pending += 1;
    fs.write(this.file, chunk, 0, chunk.length, HEADER_BYTES + this.bytes, (error) => {
      if (error) throw error;
      this.pending -= 1;
      this.finish();
    });
    this.bytes += chunk.length;
    this.group.push(chunk);
    this.groupBytes += chunk.length;
    if (this.groupBytes >= GROUP_SECONDS * this.sampleRate * this.channels * 2) this.flush();
  }

  flush() {
    if (this.groupBytes === 0) return;
    Buffer.concat(this.group); // what would be dispatched
    blocks += 1;
    this.group = [];
    this.groupBytes = 0;
  }

  end() {
    this.ended = true;
    this.flush();
    this.finish();
  }

  finish() {
    if (!this.ended || this.pending > 0) return;
    fs.writeSync(this.file, wavHeader(this.bytes, this.sampleRate, this.channels), 0, HEADER_BYTES, 0);
    fs.closeSync(this.file);
  }
}

const server = http.createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (socket, request) => {
  const track = new Track(new URL(request.url, 'http://localhost').searchParams);
  socket.on('message', (data, isBinary) => {
    if (isBinary) track.add(data);
  });
  socket.on('error', () => {});
  socket.on('close', () => track.end());
});
server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
process.on('SIGTERM', () => process.exit(0));
