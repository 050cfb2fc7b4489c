#!/usr/bin/env python3
"""Measures both databases that the daemon can have, through its own store: a SQLite file, and a throw-away PostgreSQL
server on this machine that synchronises the disk at every commit. Writes a second of webhooks (an event and its session)
and of delivered blocks, in their queue as in the daemon; how long the look-up of a room's meeting takes when nothing
else is to be done, and while webhooks wait to be written. The engines take turns; the median of the rounds counts."""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
from postgres import Cluster  # noqa: E402 (the path comes first)

ENGINES = ("SQLite", "PostgreSQL")
ROWS = [  # title, where it stands in a result, factor
    ("webhooks a second", ("webhooksPerSecond",), 1),
    ("blocks a second", ("blocksPerSecond",), 1),
    ("look-up p50, ms", ("idle", "p50"), 1000),
    ("look-up p99, ms", ("idle", "p99"), 1000),
    ("look-up worst, ms", ("idle", "worst"), 1000),
    ("look-up beside writes p50, ms", ("busy", "p50"), 1000),
    ("look-up beside writes p99, ms", ("busy", "p99"), 1000),
    ("look-up beside writes worst, ms", ("busy", "worst"), 1000),
]


def measure(options, url):
    done = subprocess.run([str(options.build / "tools" / "benchmark" / "store-load"), "--database", url, "--writes", str(options.writes),
                           "--look-ups", str(options.look_ups)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"tools/bench store: {done.stderr.strip()}")
    return json.loads(done.stdout)


def rounds(options, work):
    results = {engine: [] for engine in ENGINES}
    with Cluster() as cluster:
        for number in range(1, options.rounds + 1):
            urls = {"SQLite": f"sqlite:{work / f'{number}.db'}", "PostgreSQL": cluster.url(f"round{number}")}
            for engine in ENGINES:
                print(f"  {engine}, round {number} of {options.rounds} ...", flush=True)
                results[engine].append(measure(options, urls[engine]))
    return results


def median(results, where):
    def value(result):
        for key in where:
            result = result[key]
        return result
    return statistics.median(map(value, results))


def table(results):
    lines = [f"{'':<33}{ENGINES[0]:>12}{ENGINES[1]:>12}{'ratio':>8}"]
    for title, where, factor in ROWS:
        ours, theirs = (factor * median(results[engine], where) for engine in ENGINES)
        digits = 0 if factor == 1 else 2
        lines.append(f"{title:<33}{ours:>12,.{digits}f}{theirs:>12,.{digits}f}{theirs / ours:>8.2f}")
    return "\n".join(lines)


def arguments():
    parser = argparse.ArgumentParser(prog="tools/bench store", description=__doc__)
    parser.add_argument("--writes", type=int, default=20000, help="of each kind, at most 60000 (20000)")
    parser.add_argument("--look-ups", type=int, default=1000, help="when nothing else is to be done, one every 5 ms (1000)")
    parser.add_argument("--rounds", type=int, default=3, help="of each engine, in turn; the median counts (3)")
    parser.add_argument("--build", type=pathlib.Path, default=HERE.parent.parent / "build", help="build directory")
    parser.add_argument("--output", type=pathlib.Path, help="where the JSON goes (BUILD/bench/store.json)")
    options = parser.parse_args()
    options.build = options.build.resolve()
    if options.rounds < 1:
        parser.error("--rounds takes a number from 1")
    return options


def main():
    options = arguments()
    work = options.build / "bench" / "store"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    results = rounds(options, work)
    print("\n" + table(results) + "\n\nratio: PostgreSQL to SQLite; of a latency, below 1 is faster than SQLite")
    output = options.output or options.build / "bench" / "store.json"
    output.write_text(json.dumps({"cores": os.cpu_count(), "results": results}, indent=2) + "\n")
    shutil.rmtree(work)
    print(f"JSON: {output}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
