#!/usr/bin/env python3
"""The demo itself: demo.py BUILD_DIR OUTPUT_DIR. See tools/demo."""
import array
import contextlib
import json
import math
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import wave

from processes import Server, ServerFailed, child

RATE, CHANNELS = 48_000, 2
FRAME = 2 * CHANNELS
MEETING = "demo"
SPEECH = (
    ("ada", "en-gb+f3", "Good morning everyone, and thank you for joining. Today we look at how the new recording "
     "service behaves. Every word that I say is written to disk within a tenth of a second, untouched. "
     "At the same time it is cut into blocks of two seconds, and sent away for analysis."),
    ("ben", "en-us+m3", "I am really excited about this! Each of us has a track of our own, so nobody talks over "
     "anybody else. If the network fails, the recording goes on. If the analysis service fails, it is tried again. "
     "Nothing is lost without a trace, and that is what I wanted."),
    ("cleo", "en+f5", "Well, I was not so sure at first. What happens when a meeting takes three hours? Or when a "
     "hundred people speak at once? We measured it, and the answer is that one core is enough for all of them. "
     "So I have no more questions, for now."),
)


def say(text):
    print(f"== {text}", flush=True)


def synthesise(directory):
    """A WAV file per speaker, in the format LiveKit sends."""
    files = []
    for name, voice, text in SPEECH:
        plain, final = directory / f"{name}.plain.wav", directory / f"{name}.wav"
        subprocess.run(["espeak-ng", "-v", voice, "-s", "165", "-w", plain, text], check=True)
        subprocess.run(["sox", plain, "-r", str(RATE), "-c", str(CHANNELS), "-b", "16", final, "gain", "-n", "-3"],
                       check=True)
        plain.unlink()
        files.append(final)
    return files


def daemon_environment(build, out, stub_url):
    own = {"HOST": "127.0.0.1", "PORT": "0", "MEET_PORT": "none", "EGRESS_AUDIO_OUTPUT_DIR": str(out / "recordings"),
           "PIPELINE_LOG_DIR": str(out / "logs"), "LEDGER_DIR": str(out / "ledger"), "DATABASE_URL": f"sqlite:{out / 'database.db'}", "IMENTIV_SPOOL_DIR": str(out / "spool"), "IMENTIV_ENDPOINT_URL": f"{stub_url}/analyse",
           "AUDIO_PIPELINE_NORMALIZE": "false", "GST_PLUGIN_PATH_1_0": str(build / "plugins")}
    prefixes = ("EGRESS_", "IMENTIV_", "AUDIO_PIPELINE_", "PIPELINE", "LIVEKIT_")
    return {k: v for k, v in os.environ.items() if not k.startswith(prefixes)} | own


def play(build, out, url, files):
    """An egress per speaker; the last is muted for a while: LiveKit sends silence then, a second or more later."""
    common = [build / "tools" / "egress-sim", "--url", url.replace("http", "ws", 1) + "/egress-audio", "--room", "demo-room",
              "--meeting", MEETING, "--dump", out / "sent", "--quiet"]
    with contextlib.ExitStack() as running:
        egresses = []
        for file in files:
            options = ["--participant", file.stem, "--track", f"TR_{file.stem}", "--audio", file]
            muted = ["--mute", "6:8"] if file == files[-1] else []
            egresses.append(running.enter_context(child(common + options + muted)))
        return all([egress.wait() == 0 for egress in egresses])


def decibels(value):
    return f"{20 * math.log10(value / 32768):6.1f}" if value > 0 else "  -inf"


def levels(pcm):
    samples = array.array("h", pcm)
    if not samples:
        return 0, 0.0
    return max(map(abs, samples)), math.sqrt(sum(s * s for s in samples) / len(samples))


def read_wav(path):
    with wave.open(str(path)) as recording:
        return recording.readframes(recording.getnframes())


def show_recordings(out, sent):
    """One line per track; True when every recording equals what was sent."""
    files = sorted((out / "recordings").rglob("*.wav"))
    say(f"Recorded: {len(files)} files in {out / 'recordings'}")
    print(f"   {'track':<11}{'seconds':>8}{'peak dBFS':>11}{'RMS dBFS':>10}  as sent  file")
    good = len(files) == len(sent)
    for track, audio in sent.items():
        file = next((f for f in files if f.stem.endswith(track)), None)
        recorded = read_wav(file) if file else b""
        same = recorded == audio
        good = good and same
        peak, rms = levels(recorded)
        print(f"   {track:<11}{len(recorded) / FRAME / RATE:>8.2f}{decibels(peak):>11}{decibels(rms):>10}"
              f"  {'yes' if same else 'NO ':<7}  {file.name if file else 'missing'}")
    return good


def read_blocks(directory):
    """Delivered blocks by track, in order: (index entry, body)."""
    blocks = {}
    index = directory / "index.jsonl"
    for line in index.read_text().splitlines() if index.exists() else ():
        entry = json.loads(line)
        if entry["status"] == 200:
            blocks.setdefault(entry["headers"].get("x-track-id"), []).append(
                (entry, (directory / entry["file"]).read_bytes()))
    for of_track in blocks.values():
        of_track.sort(key=lambda block: int(block[0]["headers"].get("x-block-sequence", 0)))
    return blocks


def show_blocks(blocks, sent):
    say(f"Delivered: {sum(map(len, blocks.values()))} blocks")
    print(f"   {'track':<11}{'block':>6}{'start s':>9}{'seconds':>9}{'bytes':>9}{'peak dBFS':>11}{'RMS dBFS':>10}"
          f"{'answer':>8}")
    good = True
    for track, audio in sent.items():
        position = 0
        for entry, body in blocks.get(track, ()):
            peak, rms = levels(body)
            print(f"   {track:<11}{entry['headers'].get('x-block-sequence', '?'):>6}{position / FRAME / RATE:>9.2f}"
                  f"{len(body) / FRAME / RATE:>9.2f}{len(body):>9}{decibels(peak):>11}{decibels(rms):>10}"
                  f"{entry['status']:>8}")
            position += len(body)
        good = good and b"".join(body for _, body in blocks.get(track, ())) == audio
    print(f"   The blocks joined together {'are exactly' if good else 'ARE NOT'} what was sent.")
    return good


def draw(out):
    """The tracks on one time axis, with what became of every block; the picture's path."""
    picture, timeline = out / "timeline.svg", pathlib.Path(__file__).resolve().parent.parent / "timeline"
    subprocess.run([timeline, out / "logs" / f"{MEETING}.log", picture], check=True)
    return picture


def main(build, out):
    shutil.rmtree(out, ignore_errors=True)
    for name in ("sent", "blocks", "speech"):
        (out / name).mkdir(parents=True)
    say("Synthesising three speakers")
    files = synthesise(out / "speech")
    with Server([build / "tools" / "analysis-stub", "--port", "0", "--record", out / "blocks"], out / "stub.log") as stub, \
            Server([build / "service" / "live-meetingd"], out / "daemon.log",
                   daemon_environment(build, out, stub.url), out) as daemon:
        say(f"Daemon at {daemon.url}, analysis stub at {stub.url}; playing 17 s in real time")
        played = play(build, out, daemon.url, files)
        say("Stopping the daemon: it ends its pipelines and delivers the last blocks")
        stopped = daemon.stop() == 0
    sent = {f.stem: f.read_bytes() for f in sorted((out / "sent").glob("*.raw"))}
    blocks = read_blocks(out / "blocks")
    good = show_recordings(out, sent)
    good = show_blocks(blocks, sent) and good
    say(f"A picture of the three tracks, for a browser: {draw(out)}")
    if not (played and stopped and good):
        sys.exit(f"The demo did not come out right. The daemon's log is {out / 'daemon.log'}:\n{daemon.text()[-3000:]}")
    say("Everything that was sent was recorded and delivered, sample by sample")
    for what, where in (("recordings", "recordings"), ("delivered blocks", "blocks"), ("pipeline log", "logs"),
                        ("the daemon's log", "daemon.log")):
        print(f"   {what:<18}{out / where}")


if __name__ == "__main__":
    # Terminated from outside, the children are still ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
    except ServerFailed as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
