#!/usr/bin/env python3
"""Compares what receiving audio tracks costs: the daemon (recording and aggregating; then also delivering to a stub),
a naive epoll receiver (one read and one write per message) and a Node receiver on the `ws` package. Every server gets
the same load from egress-sim in real time: a 1,920-byte message per 10 ms and track, recorded to disk. CPU is user plus
system time of the server process over the window, once all tracks are connected."""
import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
from processes import Lines, Server, ServerFailed, child  # noqa: E402 (the path comes first)

RAMP = 250           # connections per second
WARM_UP = 2.5        # seconds between the last connection and the window: longer than a block
SATURATED = 0.97     # of one core; beyond, the figure is a bound
KEEPS_UP = 0.97      # of the audio of the window must be on disk by its end; with less the server falls behind
BYTES_PER_SECOND = 192_000
BLOCK_BYTES = 2 * BYTES_PER_SECOND
GOALS = [  # what is asked of the daemon with dispatch off: title, figure of (tracks, key), most
    ("cost to naive at 200 tracks", 0.8, lambda at: at(200)["ratioToNaive"]),
    ("cost to Node at 100 tracks", 0.10, lambda at: at(100)["ratioToNode"]),
    ("cost of a track at 1,000 tracks to one at 100", 1.2,
     lambda at: at(1000)["cpuPerTrackSecond"] / at(100)["cpuPerTrackSecond"]),
    ("KiB per track at 100 tracks beyond the buffered block", 128,
     lambda at: (at(100)["residentPerTrack"] - BLOCK_BYTES) / 1024),
]
TICKS = os.sysconf("SC_CLK_TCK")
LATENESS = re.compile(r"worst tick lateness (\d+) us")
TITLES = {"daemon": "daemon, dispatch off", "dispatch": "daemon, dispatch on", "naive": "naive epoll", "node": "Node ws"}


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(int(fields[i]) for i in (11, 12, 13, 14)) / TICKS  # utime, stime and those of ended children


def resident_bytes(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024


def bytes_on_disk(directory):
    return sum(path.stat().st_size for path in directory.rglob("*") if path.suffix in (".wav", ".raw") and path.is_file())


class Bench:
    def __init__(self, options):
        self.options = options
        self.tools = options.build / "tools"
        self.work = options.build / "bench" / "tmp"
        shutil.rmtree(self.work, ignore_errors=True)
        cores = sorted(os.sched_getaffinity(0))
        self.pinned = len(cores) >= 2 and shutil.which("taskset") is not None
        self.server_core, self.load_core = (cores[0], cores[1]) if self.pinned else (None, None)

    def pin(self, core, command):
        return ["taskset", "-c", str(core), *command] if self.pinned else command

    def start(self, kind, tracks, stub_url):
        """The server of this kind, empty-handed."""
        out = self.work / "out"
        log = self.work / f"{kind}-{tracks}.log"
        if kind == "naive":
            return Server(self.pin(self.server_core, [str(self.tools / "benchmark" / "naive-receiver"), str(out)]), log)
        if kind == "node":
            return Server(self.pin(self.server_core, ["node", str(HERE / "node" / "receiver.js"), str(out)]), log)
        env = {k: v for k, v in os.environ.items() if not k.startswith(("EGRESS_", "IMENTIV_", "AUDIO_PIPELINE_"))}
        env |= {"HOST": "127.0.0.1", "PORT": "0", "MEET_PORT": "none", "EGRESS_AUDIO_OUTPUT_DIR": str(out / "audio"),
                "PIPELINE_LOG_DIR": str(out / "logs"), "LEDGER_DIR": str(out / "ledger"), "DATABASE_URL": f"sqlite:{out / 'database.db'}", "IMENTIV_SPOOL_DIR": str(out / "spool"), "LOG_LEVEL": "info",
                "GST_PLUGIN_PATH_1_0": str(self.options.build / "plugins")}
        if kind == "dispatch":
            env["IMENTIV_ENDPOINT_URL"] = stub_url + "/analyse"
        return Server(self.pin(self.server_core, [str(self.options.build / "service" / "live-meetingd")]), log, env, self.work)

    def measure(self, kind, tracks):
        (self.work / "out").mkdir(parents=True)
        stub = None
        try:
            if kind == "dispatch":
                stub = Server(self.pin(self.load_core, [str(self.tools / "analysis-stub"), "--port", "0", "--no-record"]),
                              self.work / "stub.log")
            with self.start(kind, tracks, stub.url if stub else "") as server:
                result = self.load(server, tracks)
                server.stop()
                late = LATENESS.search(server.text())
                result["worstTickLatenessUs"] = int(late[1]) if late else None
        finally:
            if stub:
                stub.stop()
            shutil.rmtree(self.work / "out", ignore_errors=True)
        return {"server": kind, "tracks": tracks, **result}

    def load(self, server, tracks):
        seconds = self.options.seconds
        idle = resident_bytes(server.pid)
        duration = tracks / RAMP + WARM_UP + seconds + 1.5
        command = [str(self.tools / "egress-sim"), "--url", server.url.replace("http", "ws", 1) + "/egress-audio",
                   "--tracks", str(tracks), "--ramp", str(RAMP), "--duration", f"{duration:.1f}", "--noise",
                   "--meeting", "bench", "--json"]
        with child(self.pin(self.load_core, command), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as sim:
            progress = Lines(sim.stderr)
            summary = Lines(sim.stdout)
            connected = progress.wait_for(r"(\d+) of \d+ tracks connected", tracks / RAMP + 20)
            time.sleep(WARM_UP)
            began, cpu = time.monotonic(), cpu_seconds(server.pid)
            sim_cpu = cpu_seconds(sim.pid)
            recorded = bytes_on_disk(self.work / "out")
            time.sleep(seconds)
            if server.process.poll() is not None:
                raise ServerFailed(f"the server ended during the measurement, exit status {server.process.returncode}")
            window = time.monotonic() - began
            cpu = cpu_seconds(server.pid) - cpu
            sim_cpu = cpu_seconds(sim.pid) - sim_cpu
            resident = resident_bytes(server.pid)
            recorded = bytes_on_disk(self.work / "out") - recorded
            try:
                sim.wait(duration + 5)
            except subprocess.TimeoutExpired:
                pass  # a server that cannot keep up holds its tracks for long; they are ended with the block
        summary.join(5)
        outcome = json.loads("\n".join(summary.lines) or "{}")
        all_connected = connected is not None and int(connected[1]) == tracks
        lost = outcome.get("dropped", 0) + outcome.get("failed", tracks)
        kept_up = recorded / (window * tracks * BYTES_PER_SECOND)
        return {"windowSeconds": window, "cpuSeconds": cpu, "cpuPerTrackSecond": cpu / window / tracks,
                "tracksPerCore": tracks * window / cpu if cpu else None, "recordedOfSent": kept_up,
                "residentPerTrack": (resident - idle) / tracks, "residentIdle": idle,
                "loadGeneratorCores": sim_cpu / window, "messagesLost": outcome.get("dropped"),
                "tracksFailed": outcome.get("failed"),
                "saturated": not all_connected or lost > 0 or cpu / window > SATURATED or kept_up < KEEPS_UP}


def median_run(runs):
    """The run with the median cost; the cost of every run is kept beside it."""
    ranked = sorted(runs, key=lambda run: run["cpuPerTrackSecond"])
    return {**ranked[(len(ranked) - 1) // 2], "cpuPerTrackSecondOfRounds": [run["cpuPerTrackSecond"] for run in runs]}


def add_ratios(results):
    """The daemon's cost as a fraction of the others' at the same number of tracks."""
    cost = {(r["server"], r["tracks"]): r for r in results}
    for result in results:
        for other in ("naive", "node"):
            peer = cost.get((other, result["tracks"]))
            # A peer that falls behind is measured too cheap: the ratio would be unjust to it, or to the daemon.
            if peer and not peer["saturated"] and result["server"] in ("daemon", "dispatch"):
                result[f"ratioTo{other.capitalize()}"] = result["cpuPerTrackSecond"] / peer["cpuPerTrackSecond"]


def ratio_text(result, key):
    return f"{result[key]:.2f}" if key in result else "-"


def table(results):
    lines = [f"{'server':<22}{'tracks':>7}{'CPU us per':>13}{'tracks':>9}{'resident':>12}{'worst tick':>12}"
             f"{'to naive':>10}{'to Node':>9}",
             f"{'':<22}{'':>7}{'track-second':>13}{'per core':>9}{'KiB/track':>12}{'late, ms':>12}{'':>10}{'':>9}"]
    for r in results:
        late = "-" if r["worstTickLatenessUs"] is None else f"{r['worstTickLatenessUs'] / 1000:.1f}"
        lines.append(f"{TITLES[r['server']]:<22}{r['tracks']:>7}{r['cpuPerTrackSecond'] * 1e6:>13.0f}"
                     f"{r['tracksPerCore'] or 0:>9.0f}{r['residentPerTrack'] / 1024:>12.0f}{late:>12}"
                     f"{ratio_text(r, 'ratioToNaive'):>10}{ratio_text(r, 'ratioToNode'):>9}"
                     f"{'  saturated: the cost is a lower bound' if r['saturated'] else ''}")
    return "\n".join(lines)


def goals(results):
    """What the figures say of the goals; one whose figures were not measured, or only bounded, is left out."""
    daemon = {r["tracks"]: r for r in results if r["server"] == "daemon" and not r["saturated"]}
    lines = []
    for title, most, figure in GOALS:
        try:
            value = figure(daemon.__getitem__)
        except KeyError:
            continue
        lines.append(f"{title}: {value:.2f} (goal {most:g}: {'reached' if value <= most else 'missed'})")
    return lines


def numbers(text):
    return [int(part) for part in text.split(",")]


def arguments():
    parser = argparse.ArgumentParser(prog="tools/bench ingest", description=__doc__)
    parser.add_argument("--tracks", type=numbers, default=[100, 200, 1000], metavar="N,N...", help="default 100,200,1000")
    parser.add_argument("--seconds", type=float, default=10, help="length of the measured window (10)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each server, in turn; the median counts (3)")
    parser.add_argument("--only", default=",".join(TITLES), metavar="NAME,...", help="of " + ", ".join(TITLES))
    parser.add_argument("--build", type=pathlib.Path, default=HERE.parent.parent / "build", help="build directory")
    parser.add_argument("--output", type=pathlib.Path, help="where the JSON goes (BUILD/bench/ingest.json)")
    options = parser.parse_args()
    options.build = options.build.resolve()
    options.only = options.only.split(",")
    if options.rounds < 1:
        parser.error("--rounds takes a number from 1")
    unknown = set(options.only) - set(TITLES)
    if unknown:
        parser.error(f"unknown server {', '.join(sorted(unknown))}")
    return options


def main():
    options = arguments()
    bench = Bench(options)
    where = (f"server on core {bench.server_core}, load and stub on core {bench.load_core}" if bench.pinned
             else "nothing is pinned: fewer than two cores, or no taskset")
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores; {where}; "
          f"window {options.seconds:g} s, median of {options.rounds}", flush=True)
    results, failures = [], []
    for tracks in options.tracks:
        runs = {kind: [] for kind in options.only}
        # In turn, so that a slow spell of a shared machine meets every server and not one.
        for round_number in range(1, options.rounds + 1):
            for kind in options.only:
                print(f"  {TITLES[kind]}, {tracks} tracks, round {round_number} of {options.rounds} ...", flush=True)
                try:
                    runs[kind].append(bench.measure(kind, tracks))
                except ServerFailed as error:
                    failures.append(f"{TITLES[kind]}, {tracks} tracks: {error}; its log: {bench.work / kind}-{tracks}.log")
                    print(f"  FAILED {failures[-1]}", flush=True)
        results += [median_run(of_kind) for of_kind in runs.values() if of_kind]
    add_ratios(results)
    print("\n" + table(results))
    print("\n" + "\n".join(goals(results)))
    print(f"\nResident memory is what the tracks add to the idle process; a buffered block of 2 s is {BLOCK_BYTES / 1024:.0f} KiB.")
    output = options.output or options.build / "bench" / "ingest.json"
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps({"pinned": bench.pinned, "cores": os.cpu_count(), "results": results,
                                  "failures": failures}, indent=2, allow_nan=False) + "\n")
    print(f"JSON: {output}")
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
