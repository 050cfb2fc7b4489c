#!/usr/bin/env python3
"""Does a flood of webhooks disturb recording, and is any of it lost? One daemon records all tracks (egress-sim, in real
time) from the first to the last second. First no webhook comes, then so many a second, signed, repeated, swapped and with
some lost on the way, then none again. Afterwards every session must be what the webhooks come to, and every recording
have as much audio as was sent: exit status 1 when not. How late the media sockets were read is compared between the
time with webhooks and the time without."""
import argparse
import asyncio
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
import meetingevents  # noqa: E402 (the path comes first)
from postgres import Cluster  # noqa: E402
from processes import Lines, Server, ServerFailed, child  # noqa: E402

RAMP = 250         # connections per second
WARM_UP = 2.5      # seconds between the last connection and the first window: longer than a block
AFTERWARDS = 60    # seconds within which the database must have caught up
FRAME = 4          # bytes
KEY, SECRET = "bench", "the-secret-of-the-benchmark-0123456789"
TICKS = os.sysconf("SC_CLK_TCK")
LATENESS = "livemeeting_ingest_tick_lateness_seconds"


def get(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read().decode()


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(int(fields[i]) for i in (11, 12)) / TICKS


class Reading:
    """What the daemon has counted so far."""

    def __init__(self, server):
        text = get(server.url + "/metrics")
        self.at, self.cpu = time.monotonic(), cpu_seconds(server.pid)
        self.sum = float(re.search(rf"^{LATENESS}_sum (\S+)", text, re.M)[1])
        self.count = float(re.search(rf"^{LATENESS}_count (\S+)", text, re.M)[1])
        self.buckets = [(float(bound), float(count)) for bound, count in
                        re.findall(rf'^{LATENESS}_bucket{{le="([^"]+)"}} (\S+)', text, re.M)]


def between(*pairs):
    """Figures of one or several windows, each from one reading to another."""
    ticks = sum(end.count - begin.count for begin, end in pairs)
    late = sum(end.sum - begin.sum for begin, end in pairs)
    seconds = sum(end.at - begin.at for begin, end in pairs)
    buckets = [(bound, sum(end.buckets[i][1] - begin.buckets[i][1] for begin, end in pairs))
               for i, (bound, _) in enumerate(pairs[0][0].buckets)]

    def within(share):
        return next((bound for bound, count in buckets if count >= share * ticks), float("inf"))
    return {"seconds": seconds, "ticks": ticks, "meanLatenessSeconds": late / max(ticks, 1), "p99LatenessAtMostSeconds": within(0.99),
            "worstLatenessAtMostSeconds": within(1), "cpuCores": sum(end.cpu - begin.cpu for begin, end in pairs) / seconds}


def request_of(event, host, now):
    body = json.dumps(event).encode()
    head = (f"POST /livekit/webhook HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/webhook+json\r\n"
            f"Authorization: {meetingevents.signed(body, KEY, SECRET, now)}\r\nContent-Length: {len(body)}\r\n\r\n")
    return head.encode() + body


async def post(address, request):
    """(status, seconds until the answer); a connection of its own, as LiveKit's after every answer."""
    began = time.monotonic()
    reader, writer = await asyncio.open_connection(*address)
    try:
        writer.write(request)
        line = await reader.readline()
        took = time.monotonic() - began
        return int(line.split()[1]), took
    finally:
        writer.close()


async def send(host, requests, rate):
    """Sends them at this rate, whether answers come or not: the answers, and how late the sender was at worst."""
    address = (host.rsplit(":", 1)[0], int(host.rsplit(":", 1)[1]))
    start, late, tasks = time.monotonic(), 0, []
    for place, request in enumerate(requests):
        due = start + place / rate
        if due > time.monotonic():
            await asyncio.sleep(due - time.monotonic())
        late = max(late, time.monotonic() - due)
        tasks.append(asyncio.create_task(post(address, request)))
    return await asyncio.gather(*tasks, return_exceptions=True), late


def unix(text):
    return None if text is None else int(time.mktime(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone)


def stored_sessions(url):
    found, cursor = {}, ""
    while True:
        page = json.loads(get(f"{url}/api/sessions?limit=200{cursor}"))
        for one in page["sessions"]:
            if one["meetingId"].startswith("RM_"):
                found[one["meetingId"]] = (one["roomName"], one["status"], unix(one.get("startedAt")), unix(one.get("endedAt")))
        if not page.get("nextCursor"):
            return found
        cursor = f"&cursor={page['nextCursor']}"


def wrong_sessions(url, expected):
    """Problems, once the database has caught up or the time for that is over; and how long that took."""
    began = time.monotonic()
    while True:
        stored = stored_sessions(url)
        if stored == expected or time.monotonic() - began > AFTERWARDS:
            break
        time.sleep(0.1)
    problems = [f"session {sid} is {stored.get(sid)}, not {expected.get(sid)}"
                for sid in sorted(stored.keys() | expected.keys()) if stored.get(sid) != expected.get(sid)]
    return problems, time.monotonic() - began


def audio_bytes(file):
    """Bytes of audio by a recording's header, which its length must bear out."""
    with open(file, "rb") as wav:
        head = wav.read(4096)
    at = head.find(b"data")
    size = int.from_bytes(head[at + 4:at + 8], "little")
    return size if at + 8 + size == pathlib.Path(file).stat().st_size else -1


def wrong_recordings(log, summary):
    """Problems of recordings that are not as long as what was sent."""
    ended = {}
    for line in map(json.loads, log.read_text().splitlines()):
        if line["event"] == "ended":
            ended[line["trackId"]] = line
    problems = []
    for track in summary["perTrack"]:
        line = ended.get(track["trackId"])
        if not line:
            problems.append(f"track {track['trackId']} has not ended in the log")
            continue
        held = audio_bytes(line["file"])
        if line["outcome"] != "ok" or line["samples"] * FRAME != track["bytes"] or held != track["bytes"]:
            problems.append(f"track {track['trackId']}: {line['outcome']} {line['message']}, "
                            f"{line['samples'] * FRAME} bytes recorded, {held} in the file, {track['bytes']} sent")
    return problems


class Bench:
    def __init__(self, options):
        self.options = options
        self.work = options.build / "bench" / "webhooks"
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        cores = sorted(os.sched_getaffinity(0))
        self.pinned = len(cores) >= 2 and shutil.which("taskset") is not None
        self.cores = cores[:2]

    def server(self, database):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("EGRESS_", "IMENTIV_", "AUDIO_PIPELINE_", "LIVEKIT_"))}
        env |= {"HOST": "127.0.0.1", "PORT": "0", "MEET_PORT": "none", "EGRESS_AUDIO_OUTPUT_DIR": str(self.work / "audio"),
                "PIPELINE_LOG_DIR": str(self.work / "logs"), "LEDGER_DIR": str(self.work / "ledger"), "DATABASE_URL": database,
                "IMENTIV_SPOOL_DIR": str(self.work / "spool"), "LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET,
                "EGRESS_MAX_FILL_MS": "0",  # a sender that is held up is no audio that is missing
                "LOG_LEVEL": "info", "GST_PLUGIN_PATH_1_0": str(self.options.build / "plugins")}
        command = [str(self.options.build / "service" / "live-meetingd")]
        if self.pinned:
            command = ["taskset", "-c", str(self.cores[0]), *command]
        return Server(command, self.work / "daemon.log", env, self.work)

    def run(self, database):
        options = self.options
        events = meetingevents.make(round(options.rate * options.seconds), options.seed)
        expected = meetingevents.sessions(events)
        quiet = options.quiet / 2
        duration = options.tracks / RAMP + WARM_UP + 2 * quiet + options.seconds + 5
        sim_command = [str(options.build / "tools" / "egress-sim"), "--tracks", str(options.tracks), "--ramp", str(RAMP),
                       "--duration", f"{duration:.1f}", "--noise", "--meeting", "bench", "--json"]
        with self.server(database) as server:
            host = server.url.split("//")[1]
            requests = [request_of(event, host, time.time()) for event in events]
            sim_command += ["--url", server.url.replace("http", "ws", 1) + "/egress-audio"]
            with child(sim_command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as sim:
                progress, summary = Lines(sim.stderr), Lines(sim.stdout)
                if not progress.wait_for(rf"{options.tracks} of \d+ tracks connected", options.tracks / RAMP + 20):
                    raise ServerFailed("not all tracks were connected; the daemon's log: " + str(self.work / "daemon.log"))
                time.sleep(WARM_UP)
                readings = [Reading(server)]
                time.sleep(quiet)
                readings.append(Reading(server))
                answers, sender_late = asyncio.run(send(host, requests, options.rate))
                readings.append(Reading(server))
                time.sleep(quiet)
                readings.append(Reading(server))
                problems, caught_up = wrong_sessions(server.url, expected)
                sim.wait(duration + 30)
            summary.join(10)
            server.stop(60)
            outcome = json.loads("\n".join(summary.lines))
        failed = [answer for answer in answers if isinstance(answer, BaseException) or answer[0] != 204]
        if failed:
            problems.insert(0, f"{len(failed)} webhooks were not answered with 204, the first: {failed[0]!r}")
        if outcome["failed"] or outcome["dropped"]:
            problems.append(f"{outcome['failed']} tracks failed, {outcome['dropped']} messages were not taken")
        problems += wrong_recordings(self.work / "logs" / "bench.log", outcome)
        took = sorted(answer[1] for answer in answers if not isinstance(answer, BaseException)) or [float("nan")]
        without, with_ = between(readings[0:2], readings[2:4]), between(readings[1:3])
        return {"tracks": options.tracks, "webhooks": len(events), "sessions": len(expected), "rate": len(events) / with_["seconds"],
                "without": without, "with": with_,
                "answers": {"p50": took[len(took) // 2], "p99": took[int(len(took) * 0.99)], "worst": took[-1]},
                "senderLateSeconds": sender_late, "sessionsRightAfterSeconds": caught_up, "problems": problems}


def ratio(part, whole):
    """As text; a time that is too short to be measured has none."""
    return f"{part / whole:.2f}" if whole else "-"


def milliseconds(seconds):
    return f"{seconds * 1000:.2f}"


def table(name, result):
    lines = [f"{name}: {result['tracks']} tracks, {result['webhooks']} webhooks at {result['rate']:.0f} a second, {result['sessions']} sessions",
             f"{'':<20}{'tick late, ms':>14}{'99 % below':>12}{'all below':>11}{'CPU, cores':>12}"]
    for title, part in (("without webhooks", result["without"]), ("with webhooks", result["with"])):
        lines.append(f"{title:<20}{milliseconds(part['meanLatenessSeconds']):>14}{milliseconds(part['p99LatenessAtMostSeconds']):>12}"
                     f"{milliseconds(part['worstLatenessAtMostSeconds']):>11}{part['cpuCores']:>12.2f}")
    answers = result["answers"]
    lines.append(f"{'ratio':<20}{ratio(result['with']['meanLatenessSeconds'], result['without']['meanLatenessSeconds']):>14}"
                 f"{'':>23}{ratio(result['with']['cpuCores'], result['without']['cpuCores']):>12}")
    lines.append(f"answers: p50 {milliseconds(answers['p50'])} ms, p99 {milliseconds(answers['p99'])} ms, worst {milliseconds(answers['worst'])} ms; "
                 f"the sender was {milliseconds(result['senderLateSeconds'])} ms late at worst")
    lines.append("nothing is lost: every session is right, every recording whole" if not result["problems"] else
                 "\n".join(["LOST:", *result["problems"][:20], f"({len(result['problems'])} problems)"]))
    return "\n".join(lines)


def arguments():
    parser = argparse.ArgumentParser(prog="tools/bench webhooks", description=__doc__)
    parser.add_argument("--tracks", type=int, default=200, help="recorded meanwhile (200)")
    parser.add_argument("--rate", type=float, default=200, help="webhooks a second (200)")
    parser.add_argument("--seconds", type=float, default=60, help="how long they come (60)")
    parser.add_argument("--quiet", type=float, default=30, help="seconds without any, half of them before, half after (30)")
    parser.add_argument("--databases", default="SQLite,PostgreSQL", metavar="NAME,...", help="of SQLite, PostgreSQL (both)")
    parser.add_argument("--seed", type=int, default=1, help="of what is repeated, swapped and lost (1)")
    parser.add_argument("--build", type=pathlib.Path, default=HERE.parent.parent / "build", help="build directory")
    parser.add_argument("--output", type=pathlib.Path, help="where the JSON goes (BUILD/bench/webhooks.json)")
    options = parser.parse_args()
    options.build = options.build.resolve()
    options.databases = options.databases.split(",")
    unknown = set(options.databases) - {"SQLite", "PostgreSQL"}
    if unknown:
        parser.error(f"unknown database {', '.join(sorted(unknown))}")
    if min(options.tracks, options.rate, options.seconds, options.quiet) <= 0:
        parser.error("--tracks, --rate, --seconds and --quiet take more than 0")
    return options


def main():
    options = arguments()
    results = {}
    for name in options.databases:
        bench = Bench(options)
        if bench.pinned:
            os.sched_setaffinity(0, {bench.cores[1]})  # and what it starts, but for the daemon
        try:
            if name == "PostgreSQL":
                with Cluster() as cluster:
                    results[name] = bench.run(cluster.url("live"))
            else:
                results[name] = bench.run(f"sqlite:{bench.work / 'database.db'}")
        finally:
            if bench.pinned:
                os.sched_setaffinity(0, set(bench.cores))
            shutil.rmtree(bench.work / "audio", ignore_errors=True)
        print(table(name, results[name]) + "\n", flush=True)
    output = options.output or options.build / "bench" / "webhooks.json"
    output.write_text(json.dumps({"pinned": bench.pinned, "cores": os.cpu_count(), "results": results}, indent=2) + "\n")
    print(f"JSON: {output}")
    return 1 if any(result["problems"] for result in results.values()) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ServerFailed as error:
        sys.exit(f"tools/bench webhooks: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
