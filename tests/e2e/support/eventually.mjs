import { setTimeout as pause } from 'node:timers/promises';

/** Waits until `condition` gives something truthy and returns that; fails, naming `what`, after a generous deadline. */
export async function eventually(condition, what, seconds = 120) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`gave up waiting until ${typeof what === 'function' ? what() : what}`);
    await pause(10);
  }
}

/** `promise`, or a failure that names `what`, so that a test that would hang says what it hangs on. */
export function within(promise, what, seconds = 120) {
  const aborted = new AbortController();
  const late = pause(seconds * 1000, undefined, { signal: aborted.signal, ref: true })
    .then(() => { throw new Error(`gave up waiting until ${what}`); });
  late.catch(() => {});
  return Promise.race([promise, late]).finally(() => aborted.abort());
}
