/** A reporter for `node --test-reporter`: flat TAP with every detail as a comment, which meson reads whatever it says. */
export default async function* tap(source) {
  let count = 0;
  yield 'TAP version 13\n';
  for await (const { type, data } of source) {
    if ((type !== 'test:pass' && type !== 'test:fail') || data.nesting > 0) continue;
    count += 1;
    const skipped = data.skip === undefined ? '' : ' # SKIP';
    yield `${type === 'test:pass' ? 'ok' : 'not ok'} ${count} - ${data.name.replaceAll('#', '')}${skipped}\n`;
    if (type === 'test:pass') continue;
    const { error } = data.details;
    const cause = error.cause ?? error;
    for (const line of String(cause.stack ?? cause).split('\n')) yield `# ${line}\n`;
  }
  yield `1..${count}\n`;
}
