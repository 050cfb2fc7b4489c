"""The project's own files, for the lint tests."""
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = {".git", ".cache", "__pycache__", "corpus", "node_modules", "storage"}


def files():
    """Every text file of the tree as a path relative to ROOT, without what builds and package managers make."""
    for directory, folders, names in os.walk(ROOT):
        folders[:] = sorted(f for f in folders if f not in SKIPPED and not f.startswith("build"))
        for name in sorted(names):
            path = pathlib.Path(directory, name)
            if path.is_file() and b"\0" not in path.read_bytes()[:4096] and name not in (".env", ".git"):
                yield path.relative_to(ROOT)


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def lines(path):
    """(line number, line) pairs, counted from one."""
    return enumerate(text(path).splitlines(), start=1)
