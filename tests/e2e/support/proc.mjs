import fs from 'node:fs';

function entries(daemon, directory, describe) {
  const all = `/proc/${daemon.program.process.pid}/${directory}`;
  return fs.readdirSync(all).flatMap((name) => {
    try {
      return [`${name} ${describe(`${all}/${name}`)}`];
    } catch {
      return []; // gone since it was listed
    }
  });
}

/** What the daemon has open, as the kernel names it. */
export function openOf(daemon) {
  return entries(daemon, 'fd', (file) => fs.readlinkSync(file));
}

/** Its threads, with their names. */
export function threadsOf(daemon) {
  return entries(daemon, 'task', (task) => fs.readFileSync(`${task}/comm`, 'utf8').trim());
}

/** Its resident memory in bytes. */
export function residentOf(daemon) {
  const status = fs.readFileSync(`/proc/${daemon.program.process.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) * 1024;
}
