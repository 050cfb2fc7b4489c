import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import { source } from './program.mjs';

const schema = JSON.parse(fs.readFileSync(path.join(source, 'schemas/pipeline-log.schema.json'), 'utf8'));
const validate = new Ajv({ allErrors: true, strict: false }).compile(schema);

/** Every line of a pipeline log is what schemas/pipeline-log.schema.json promises. */
export function assertLogLines(lines) {
  assert.ok(lines.length > 0, 'there are log lines');
  for (const line of lines) {
    assert.ok(validate(line), `${JSON.stringify(line)}\n${JSON.stringify(validate.errors, null, 1)}`);
  }
}
