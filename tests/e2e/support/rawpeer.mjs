import crypto from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { eventually, within } from './eventually.mjs';

export const OP = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

/** A WebSocket frame with anything wrong that a test asks for. */
export function frame(opcode, payload = Buffer.alloc(0), { fin = true, masked = true, reserved = 0, length } = {}) {
  const announced = length ?? payload.length;
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  const mask = masked ? 0x80 : 0;
  let head;
  if (announced < 126) {
    head = Buffer.from([first, mask | announced]);
  } else if (announced < 65536) {
    head = Buffer.from([first, mask | 126, 0, 0]);
    head.writeUInt16BE(announced, 2);
  } else {
    head = Buffer.alloc(10);
    head.set([first, mask | 127]);
    head.writeBigUInt64BE(BigInt(announced), 2);
  }
  if (!masked) return Buffer.concat([head, payload]);
  const key = Buffer.from([0x12, 0x34, 0x56, 0x78]);
  const body = Buffer.from(payload);
  for (let i = 0; i < body.length; i += 1) body[i] ^= key[i % 4];
  return Buffer.concat([head, key, body]);
}

export function upgradeRequest(path, extra = '') {
  const key = crypto.randomBytes(16).toString('base64');
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n${extra}\r\n`;
}

/** A peer that writes bytes, not messages. */
export class RawPeer {
  constructor(socket) {
    this.socket = socket;
    this.received = Buffer.alloc(0);
    this.over = false;
    socket.on('data', (data) => { this.received = Buffer.concat([this.received, data]); });
    socket.on('error', () => {});
    socket.on('close', () => { this.over = true; });
    socket.on('end', () => { this.over = true; });
  }

  static async connect(daemon) {
    const socket = net.connect(daemon.port, '127.0.0.1');
    const peer = new RawPeer(socket);
    await within(once(socket, 'connect'), 'the daemon accepts a connection');
    return peer;
  }

  /** A peer whose upgrade was answered with 101; `received` starts behind the answer. */
  static async upgraded(daemon, path) {
    const peer = await RawPeer.connect(daemon);
    await peer.write(upgradeRequest(path));
    const end = await eventually(() => peer.received.indexOf('\r\n\r\n') + 1, 'the upgrade is answered');
    const head = peer.received.toString('latin1', 0, end);
    if (!head.startsWith('HTTP/1.1 101')) throw new Error(`refused: ${peer.received}`);
    peer.received = peer.received.subarray(end + 3);
    return peer;
  }

  write(bytes) {
    return within(new Promise((resolve) => { this.socket.write(bytes, resolve); }), 'the daemon reads');
  }

  /** Frames of the server that have arrived as a whole: [{opcode, payload}]. */
  frames() {
    const all = [];
    let rest = this.received;
    while (rest.length >= 2) {
      const short = rest[1] & 0x7f;
      const head = short === 126 ? 4 : 2;
      if (rest.length < head) break;
      const length = short === 126 ? rest.readUInt16BE(2) : short;
      if (rest.length < head + length) break;
      all.push({ opcode: rest[0] & 0x0f, payload: rest.subarray(head, head + length) });
      rest = rest.subarray(head + length);
    }
    return all;
  }

  /** The code of the server's Close frame, once it came. */
  async closeCode() {
    const found = await eventually(() => this.frames().find((f) => f.opcode === OP.close) ||
      (this.over && { missing: true }), 'the daemon closes the connection');
    if (found.missing) throw new Error('the connection ended without a Close frame');
    return found.payload.length >= 2 ? found.payload.readUInt16BE(0) : 1005;
  }
}
