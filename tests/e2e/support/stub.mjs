import fs from 'node:fs';
import path from 'node:path';
import { built, Program, temporaryDirectory } from './program.mjs';

/** The analysis service's stand-in (tools/analysis-stub) and what it got. */
export class Stub {
  constructor(program, directory) {
    this.program = program;
    this.directory = directory;
  }

  /** Every request it took in, in order: {number, path, query, headers, size, status, body}. */
  requests() {
    const index = path.join(this.directory, 'index.jsonl');
    if (!fs.existsSync(index)) return [];
    return fs.readFileSync(index, 'utf8').split('\n').slice(0, -1).map((line) => {
      const entry = JSON.parse(line);
      return { ...entry, body: fs.readFileSync(path.join(this.directory, entry.file)) };
    });
  }

  /** Accepted blocks of a track, in the order in which they came. */
  blocks(trackId) {
    return this.requests().filter((r) => r.status === 200 && r.headers['x-track-id'] === trackId);
  }

  /** The accepted blocks of a track as one piece. */
  joined(trackId) {
    return Buffer.concat(this.blocks(trackId).map((block) => block.body));
  }
}

export async function startStub(t, args = []) {
  let end = () => {};
  const directory = path.join(temporaryDirectory(t, () => end()), 'blocks');
  const program = new Program(built.analysisStub, ['--port', '0', '--record', directory, ...args]);
  end = () => { program.kill('SIGKILL'); return program.end(); };
  const stub = new Stub(program, directory);
  stub.url = `${(await program.printed(/listening on (http:\/\/\S+)/))[1]}/ingest`;
  return stub;
}
