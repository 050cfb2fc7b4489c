#!/usr/bin/env python3
"""Runs a program with the variables of a .env file: withenv.py FILE PROGRAM [ARGUMENT]...

The file is data, not a script: lines of KEY=VALUE, blank lines, comments. Nothing is expanded or executed. A value
may stand in single or double quotes; unquoted, it ends at ` #`. What the environment already has, wins. A file that
does not exist is an empty one.
"""
import os
import re
import sys

ASSIGNMENT = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")


class BadLine(Exception):
    """A line that is no assignment; names the line, never its text: it may hold a secret."""


def value_of(text, number):
    if text[:1] in ("'", '"'):
        end = text.find(text[0], 1)
        rest = text[end + 1:].strip()
        if end < 0 or (rest and not rest.startswith("#")):
            raise BadLine(f"line {number}: the quotes do not match")
        return text[1:end]
    return "" if text.startswith("#") else re.split(r"\s#", text, maxsplit=1)[0].rstrip()


def parse(lines):
    variables = {}
    for number, line in enumerate(lines, start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        match = ASSIGNMENT.fullmatch(line)
        if not match:
            raise BadLine(f"line {number} is not KEY=VALUE")
        variables[match[1]] = value_of(match[2], number)
    return variables


def main(path, program):
    try:
        with open(path, encoding="utf-8") as file:
            variables = parse(file)
    except FileNotFoundError:
        variables = {}
    except BadLine as error:
        sys.exit(f"{path}: {error}")
    os.execve(program[0], program, {**variables, **os.environ})


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("Usage: withenv.py FILE PROGRAM [ARGUMENT]...")
    main(sys.argv[1], sys.argv[2:])
