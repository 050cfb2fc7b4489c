import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import YAML from 'yaml';
import { source } from './program.mjs';

const folder = path.join(source, 'schemas');
export const openapi = YAML.parse(fs.readFileSync(path.join(folder, 'openapi.yaml'), 'utf8'), { strict: true });

/** Path items that stand in a file of their own take part like the others. */
for (const [route, item] of Object.entries(openapi.paths).filter(([, one]) => one.$ref)) {
  const [file, name] = item.$ref.split('#/');
  const text = fs.readFileSync(path.join(folder, file), 'utf8').replaceAll('openapi.yaml#/', '#/');
  openapi.paths[route] = YAML.parse(text, { strict: true })[name];
}

const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false });
for (const name of ['ready', 'track', 'tracks', 'coverage', 'stored', 'egress', 'log-line']) {
  ajv.addSchema(JSON.parse(fs.readFileSync(path.join(folder, `${name}.schema.json`), 'utf8')));
}
ajv.addSchema({ ...openapi, $id: 'openapi.yaml', $schema: undefined });

/** The object a reference within the document points at, or the object itself. */
function resolve(object) {
  if (!object.$ref?.startsWith('#/')) return object;
  return object.$ref.slice(2).split('/').reduce((at, step) => at[step], openapi);
}

function check(schema, value, what) {
  const whole = schema.$ref?.startsWith('#/') ? { $ref: `openapi.yaml${schema.$ref}` } : schema;
  const validate = ajv.compile(whole);
  assert.ok(validate(value), `${what}: ${JSON.stringify(value).slice(0, 2000)}\n${JSON.stringify(validate.errors, null, 1)}`);
}

/** Every documented answer: `GET /ready 503`; `default` is left out. */
export function documented() {
  return Object.entries(openapi.paths).flatMap(([route, item]) => ['get', 'post', 'put', 'delete', 'patch']
    .filter((method) => item[method])
    .flatMap((method) => Object.keys(item[method].responses).filter((status) => status !== 'default')
      .map((status) => `${method.toUpperCase()} ${route} ${status}`)));
}

/** Fails unless the answer of `GET route` is as documented for its status, or else as a documented error. */
export function assertAsDocumented(route, answer, method = 'get') {
  const { responses } = openapi.paths[route][method] ?? openapi.paths[route].get;
  const response = resolve(responses[answer.status] ?? responses.default);
  const what = `${method} ${route} ${answer.status}`;
  if (!response.content) {
    assert.equal(answer.body, '', `${what} has no body`);
    return;
  }
  const type = (answer.headers['content-type'] ?? '').split(';')[0];
  assert.ok(response.content?.[type], `${what} has the type ${type}`);
  if (type === 'application/json') check(response.content[type].schema, JSON.parse(answer.body), what);
  else assert.ok(answer.body.length > 0, `${what} has a body`);
}

/** Every line of standard error is one of LOG_FORMAT=json; returns them parsed. */
export function assertJsonLog(text) {
  const lines = text.split('\n').filter(Boolean);
  assert.ok(lines.length > 0, 'there are lines');
  return lines.map((line) => {
    const value = JSON.parse(line);
    check({ $ref: 'log-line.schema.json' }, value, line);
    return value;
  });
}
