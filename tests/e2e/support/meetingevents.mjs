// The webhooks of tools/bench webhooks: repeated, swapped, with some of them lost.
import assert from 'node:assert/strict';
import path from 'node:path';
import { run, source } from './program.mjs';

const PROGRAM = 'import json,sys; sys.path.insert(0, sys.argv[1]); sys.dont_write_bytecode=True; import meetingevents as m; '
  + 'e=m.make(int(sys.argv[2])); print(json.dumps({"events": e, "sessions": m.sessions(e)}))';

/** `count` webhooks as they are sent, and {meetingId: [room, status, start, end]} that they come to, times in Unix seconds or null. */
export async function meetingEvents(count) {
  const { code, stdout, stderr } = await run('python3', ['-c', PROGRAM, path.join(source, 'tools/lib'), String(count)]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}
