// Usage: tools/bench realtime [--clients N] [--seconds N] [--rounds N] [--json FILE]
//
// Fan-out of the gateway beside the Node server of Socket.IO, in turns: one message to N clients of one room, 10 times
// a second; then N rooms of two, 1,000 events a second over all of them. Prints the CPU time of the server and the
// delay from sending to receiving, each the median of the rounds. The clients share this process, so delays are upper
// bounds, the same for both.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import WebSocket from 'ws';

const { values: options } = parseArgs({ options: {
  build: { type: 'string' }, clients: { type: 'string', default: '1000' }, seconds: { type: 'string', default: '10' },
  rounds: { type: 'string', default: '3' }, json: { type: 'string' }, help: { type: 'boolean', short: 'h' },
} });
if (options.help) {
  const text = fs.readFileSync(new URL(import.meta.url), 'utf8');
  console.log(text.split('\n').slice(0, 6).map((line) => line.replace(/^\/\/ ?/, '')).join('\n'));
  process.exit(0);
}
const [clients, seconds, rounds] = [options.clients, options.seconds, options.rounds].map(Number);
const tick = 100; // of /proc/PID/stat, a second

const servers = {
  'live-meetingd': (directory) => spawn(path.join(options.build, 'service/live-meetingd'), {
    cwd: directory, stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, HOST: '127.0.0.1', PORT: '0', HTTP_MAX_SOCKETS_PER_SECOND: '0', DATABASE_URL: `sqlite:${directory}/db` },
  }),
  'Node socket.io': (directory) => spawn(process.execPath, [new URL('realtime-server.js', import.meta.url).pathname], {
    cwd: directory, stdio: ['ignore', 'pipe', 'inherit'],
  }),
};

/** The URL that a server says it listens on. */
function listening(server) {
  return new Promise((resolve, reject) => {
    let text = '';
    server.stdout.on('data', (data) => {
      text += data;
      const found = /listening on http(:\/\/\S+)/.exec(text);
      if (found) resolve(`ws${found[1]}`);
    });
    server.on('exit', (code) => reject(new Error(`the server ended (${code})`)));
  });
}

/** A client of the least code: connected to the namespace `/`. */
function connect(url, heard) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url}/socket.io/?EIO=4&transport=websocket`, { perMessageDeflate: false });
    socket.on('error', reject);
    socket.on('message', (data) => {
      const text = data.toString('latin1');
      if (text[0] === '0') socket.send('40');
      else if (text[0] === '2') socket.send('3');
      else if (text.startsWith('40')) resolve(socket);
      else heard(socket, text);
    });
  });
}

function cpuSeconds(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / tick;
}

async function connectAll(url, count, heard) {
  const all = [];
  for (let i = 0; i < count; i += 50) {
    all.push(...await Promise.all(Array.from({ length: Math.min(50, count - i) }, () => connect(url, heard))));
  }
  return all;
}

/** Calls `send(i)` `rate` times a second for the time of a round; how long that took of the server's CPU. */
async function drive(pid, rate, send) {
  const [before, start] = [cpuSeconds(pid), performance.now()];
  for (let i = 0; i < rate * seconds; ++i) {
    const wait = start + i * 1000 / rate - performance.now();
    if (wait > 1) await pause(wait);
    send(i);
  }
  await pause(1000); // what is under way
  return cpuSeconds(pid) - before;
}

const scenarios = {
  async 'one room'(url, pid) {
    const delays = [];
    const all = await connectAll(url, clients, (socket, text) => {
      const sent = /"message":([\d.]+)/.exec(text);
      if (sent) delays.push(performance.now() - Number(sent[1]));
    });
    const cpu = await drive(pid, 10, (i) => all[i % clients].send(`42["message",${performance.now()}]`));
    return { all, cpu, delays, expected: 10 * seconds * clients };
  },
  async 'small rooms'(url, pid) {
    const delays = [];
    const sent = new Map();
    const all = await connectAll(url, 2 * clients, (socket, text) => {
      const room = /"room":"(\d+)"/.exec(text);
      if (room && sent.has(room[1])) delays.push(performance.now() - sent.get(room[1]));
    });
    all.forEach((socket, i) => socket.send(`42["join-room","${i >> 1}"]`));
    await pause(2000);
    const cpu = await drive(pid, 1000, (i) => {
      const room = String(i * 7 % clients);
      sent.set(room, performance.now());
      all[2 * room].send(`42["join-room","${room}"]`);
    });
    return { all, cpu, delays, expected: 2 * 1000 * seconds };
  },
};

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const results = [];
for (const [scenario, run] of Object.entries(scenarios)) {
  const measured = Object.fromEntries(Object.keys(servers).map((name) => [name, []]));
  for (let round = 0; round < rounds; ++round) {
    for (const [name, start] of Object.entries(servers)) {
      const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'live-meeting-bench-'));
      const server = start(directory);
      const { all, cpu, delays, expected } = await run(await listening(server), server.pid);
      for (const socket of all) socket.terminate();
      server.kill('SIGKILL');
      fs.rmSync(directory, { recursive: true, force: true });
      delays.sort((a, b) => a - b);
      if (delays.length !== expected) console.error(`${name}, ${scenario}: ${delays.length} of ${expected} came`);
      measured[name].push({ cpu, p50: delays[delays.length >> 1], p99: delays[Math.floor(delays.length * 0.99)] });
    }
  }
  for (const [name, list] of Object.entries(measured)) {
    const result = { scenario, server: name, ...Object.fromEntries(['cpu', 'p50', 'p99'].map((key) => [key, median(list.map((m) => m[key]))])) };
    results.push(result);
    console.log(`${scenario.padEnd(12)} ${name.padEnd(15)} CPU ${result.cpu.toFixed(2).padStart(6)} s   ` +
      `delay p50 ${result.p50.toFixed(2)} ms, p99 ${result.p99.toFixed(2)} ms`);
  }
}
if (options.json) fs.writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
