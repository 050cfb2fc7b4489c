"""Recordings that are not where they were made any more."""
import glob

import settings


def find(file, recordings, folders=(), anywhere=False):
    """Where a file is that was made as `file`: there, in the output directory `recordings`, or in one of `folders` of either. `anywhere`: its
    track got a meeting later, and the file may be in that one's folder, while the rest of it is not yet. The first guess when it is nowhere."""
    named = settings.ROOT / file
    if named.exists():
        return named
    roots = dict.fromkeys((recordings, named.parent.parent))
    paths = [root / folder / named.name for folder in (named.parent.name, *folders) for root in roots]
    if anywhere:
        paths += [path for root in roots for path in sorted(root.glob(f"*/{glob.escape(named.name)}"))]
    return next((path for path in paths if path.exists()), paths[0])
