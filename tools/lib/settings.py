"""The daemon's settings, for tools that read what it wrote: the environment, then .env, then the default. A relative directory is below the
project's directory, where tools/run starts the daemon; one that is given on a command line is below the current one, as everywhere."""
import os
import pathlib

import withenv

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEFAULTS = {"LEDGER_DIR": "storage/ledger", "EGRESS_AUDIO_OUTPUT_DIR": "storage/egress/audio", "EGRESS_VIDEO_OUTPUT_DIR": "storage/egress/video",
            "IMENTIV_SPOOL_DIR": "storage/spool"}
NO_SPOOL = "none"


class Unusable(Exception):
    """.env cannot be read; says why, without what it holds."""


def values():
    """.env with the environment over it; what is empty counts as not set."""
    try:
        with open(ROOT / ".env", encoding="utf-8") as file:
            variables = withenv.parse(file)
    except FileNotFoundError:
        variables = {}
    except (withenv.BadLine, OSError, UnicodeDecodeError) as error:
        raise Unusable(f"{ROOT / '.env'}: {getattr(error, 'strerror', None) or error}") from None
    # A variable that the environment has hides that of the file, even if it is empty: so the daemon gets them.
    return {**variables, **os.environ}


def directory(name):
    """Where the daemon has what it calls `name`; None for a spool that it is told not to have."""
    text = values().get(name) or DEFAULTS[name]
    if name == "IMENTIV_SPOOL_DIR" and text == NO_SPOOL:
        return None
    return ROOT / text
