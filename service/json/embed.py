"""Turns text files into a C++ source: embed.py OUTPUT HEADER FUNCTION FILE..."""
import pathlib
import sys

output, header, function, *files = sys.argv[1:]
lines = [f'#include "{header}"', '', 'namespace lm::json {', '',
         f'std::span<const EmbeddedFile> {function}() {{', '    static constexpr EmbeddedFile files[] = {']
for name in files:
    path = pathlib.Path(name)
    text = path.read_text(encoding='utf-8')
    if ')embedded"' in text:
        sys.exit(f'{name}: contains the delimiter of the raw string')
    lines.append(f'        {{"{path.name}", R"embedded({text})embedded"}},')
lines += ['    };', '    return files;', '}', '', '} // namespace lm::json', '']
pathlib.Path(output).write_text('\n'.join(lines), encoding='utf-8')
