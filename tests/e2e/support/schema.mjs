import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import { source } from './program.mjs';

const ajv = new Ajv({ allErrors: true, strict: false });
const read = (name) => JSON.parse(fs.readFileSync(path.join(source, 'schemas', name), 'utf8'));
const logLine = ajv.compile(read('pipeline-log.schema.json'));
const ledgerLine = ajv.compile(read('ledger-line.schema.json'));

function assertLines(validate, lines) {
  assert.ok(lines.length > 0, 'there are lines');
  for (const line of lines) {
    assert.ok(validate(line), `${JSON.stringify(line)}\n${JSON.stringify(validate.errors, null, 1)}`);
  }
}

/** Every line of a pipeline log is what schemas/pipeline-log.schema.json promises. */
export const assertLogLines = (lines) => assertLines(logLine, lines);
/** Every line of a ledger is what schemas/ledger-line.schema.json promises. */
export const assertLedgerLines = (lines) => assertLines(ledgerLine, lines);
