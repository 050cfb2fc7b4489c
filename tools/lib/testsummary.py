#!/usr/bin/env python3
"""Counts the test cases of meson build directories: testsummary.py BUILD_DIR... prints what failed, then one last
line `N passed, N failed, N skipped`. Exit status 1 when a case failed or nothing passed.

Two of meson's logs are read. testlog.junit.xml has the cases: those of the program itself for the protocols gtest and
tap, else one for the whole program. testlog.json has the verdict on each program. They differ when a program passes
all its cases and fails afterwards (a leak, a crash at exit): that counts as one more failed case.
"""
import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter, namedtuple

Case = namedtuple("Case", "suite name outcome message")
GOOD_VERDICTS = ("OK", "EXPECTEDFAIL", "SKIP")


def outcome_of(case):
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    if case.find("skipped") is not None or case.get("status") == "notrun":
        return "skipped"
    return "passed"


def message_of(case):
    texts = [e.get("message") or e.text or "" for tag in ("failure", "error") for e in case.findall(tag)]
    return "\n".join(texts).strip()


def cases_of(junit):
    """The cases of a JUnit document (its root element)."""
    return [Case(suite.get("name", ""), case.get("name", ""), outcome_of(case), message_of(case))
            for suite in junit.iter("testsuite") for case in suite.findall("testcase")]


def program_of(entry):
    """`tools` of the entry name `live-meeting:unit / tools` or `tools`."""
    return entry["name"].rsplit(" / ", 1)[-1]


def belongs(case, program):
    """JUnit calls suites `project.NAME` or, with fixtures, `project.NAME.Fixture`, NAME as in `program_of`; or it puts
    the program's name in the case."""
    suite = case.suite.rsplit(" / ", 1)[-1]
    return suite == program or suite.startswith(program + ".") or case.name == program


def broken_programs(entries, cases):
    """A failed case for every program whose verdict no case explains."""
    broken = []
    for entry in entries:
        program = program_of(entry)
        own = [case for case in cases if belongs(case, program)]
        if entry["result"] in GOOD_VERDICTS or any(case.outcome == "failed" for case in own):
            continue
        broken.append(Case(program, "the program itself", "failed", f"meson's verdict: {entry['result']}; "
                           "it crashed, leaked, timed out or could not be started"))
    return broken


def read(build):
    logs = pathlib.Path(build) / "meson-logs"
    cases = cases_of(ElementTree.parse(logs / "testlog.junit.xml").getroot())
    with open(logs / "testlog.json", encoding="utf-8") as file:
        return cases + broken_programs([json.loads(line) for line in file], cases)


def main(builds):
    counts = Counter()
    for build in builds:
        try:
            cases = read(build)
        except (OSError, ValueError, ElementTree.ParseError) as error:
            cases = [Case(build, "its test logs", "failed", str(error))]
        for case in cases:
            counts[case.outcome] += 1
            if case.outcome == "failed":
                print(f"FAILED {case.suite}: {case.name}", *case.message.splitlines()[:20], sep="\n    ")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 0 if counts["passed"] > 0 and counts["failed"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
