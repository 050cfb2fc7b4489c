import { once } from 'node:events';
import { Socket as Engine } from 'engine.io-client';
import { io } from 'socket.io-client';
import { startDaemon } from './daemon.mjs';
import { within } from './eventually.mjs';

/** A daemon that serves what the protocol suites expect. */
export function startEcho(t, settings = {}) {
  return startDaemon(t, { SOCKETIO_CONFORMANCE: 'true', CORS_ORIGINS: '*', ...settings });
}

/** A stock Engine.IO client that has opened its session. */
export async function engine(t, daemon, options = {}) {
  const socket = new Engine(daemon.url, { path: '/engine.io/', transports: ['websocket'], ...options });
  socket.binaryType = 'arraybuffer';
  t.after(() => socket.close());
  await heard(socket, 'open');
  return socket;
}

/** A stock Socket.IO client that is connected. */
export async function client(t, daemon, options = {}, space = '/') {
  const socket = io(daemon.url + space, { forceNew: true, reconnection: false, transports: ['websocket'], ...options });
  t.after(() => socket.disconnect());
  await heard(socket, 'connect');
  return socket;
}

/** The arguments of the next event of an emitter. */
export function heard(emitter, name) {
  return within(once(emitter, name), `${name} is heard`);
}

/** The first arguments of the next `count` events. */
export function hear(socket, name, count) {
  const got = [];
  return within(new Promise((resolve) => {
    const take = (value) => {
      got.push(value);
      if (got.length < count) return;
      socket.off(name, take);
      resolve(got);
    };
    socket.on(name, take);
  }), `${name} is heard ${count} times`);
}

/** {status, type, body} of a request to a path of Engine.IO. */
export async function request(daemon, query, options = {}, path = '/engine.io/') {
  const answer = await within(fetch(`${daemon.url}${path}?${query}`, options), 'a request is answered');
  return { status: answer.status, headers: answer.headers, body: await answer.text() };
}

/** The identifier of a new session over polling. */
export async function openPolling(daemon) {
  return JSON.parse((await request(daemon, 'EIO=4&transport=polling')).body.slice(1)).sid;
}
