"""Who may include whom. The tables are the architecture: a new dependency is a line here, and a reason for it."""
import re
import unittest

import tree

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')

# Part (folder or file, the longest match decides): (what of the project it may include besides itself, libraries).
# `result.hpp` and the like are named alone where the rest of plugins/common, which knows GLib and GStreamer, is too much.
RULES = {
    "plugins/plugin.cpp": (r"plugins/(\w+/gst\w+\.h|common/earlytypes\.hpp)", {"gst"}),
    "plugins/common": (None, {"glib", "gst", "soup", "posix"}),
    "plugins/common/websocket": (r"plugins/common/\w+\.hpp", {"glib", "soup", "posix"}),
    "plugins/common/ingest": (r"plugins/common/(websocket/)?\w+\.hpp", {"glib", "posix"}),
    "plugins/common/wav": (None, set()),
    "plugins/common/video": (None, set()),
    "plugins/common/files": (None, {"gst", "posix"}),
    "plugins/common/mediasource": (r"plugins/common/((ingest|websocket)/)?\w+\.hpp", {"glib", "gst", "json"}),
    "plugins/blockaggregator": (r"plugins/common/\w+\.hpp", {"glib", "gst", "xxhash"}),
    "plugins/imentivsink": (r"plugins/common/(wav/)?\w+\.hpp", {"glib", "gst", "soup", "posix"}),
    "plugins/wssink": (r"plugins/common/(websocket/)?\w+\.hpp", {"glib", "gst"}),
    "plugins/wavfilesink": (r"plugins/common/((files|wav)/)?\w+\.hpp", {"glib", "gst", "posix"}),
    "plugins/wsaudiosrc": (r"plugins/common/((ingest|mediasource|websocket)/)?\w+\.hpp", {"glib", "gst"}),
    "plugins/wsvideosrc": (r"plugins/common/((ingest|mediasource|video|websocket)/)?\w+\.hpp", {"glib", "gst"}),
    "plugins/videofilesink": (r"plugins/common/((files|video)/)?\w+\.hpp", {"gst"}),
    "service/domain": (r"plugins/common/result\.hpp", set()),
    "service/config": (r"service/domain/.*|plugins/common/(result|handles)\.hpp", {"glib"}),
    "service/logging": (r"service/domain/.*|plugins/common/\w+\.hpp", {"glib", "posix"}),
    "service/json": (r"plugins/common/\w+\.hpp", {"json", "valijson"}),
    "service/security": (r"service/(domain|logging)/.*|plugins/common/(result|handles)\.hpp", {"glib"}),
    "service/pipeline": (r"service/(domain|config|json|logging)/.*|plugins/common/\w+\.hpp", {"glib", "gst", "posix"}),
    "service/pipelinelog": (r"service/(domain|json|logging|pipeline)/.*|plugins/common/\w+\.hpp", {"posix"}),
    "service/ledger": (r"service/(domain|json|pipeline|pipelinelog)/.*|plugins/common/\w+\.hpp", set()),
    "service/coverage": (r"service/(domain|json)/.*|plugins/common/\w+\.hpp", set()),
    "service/trackstate": (r"service/(domain|json|pipeline)/.*|plugins/common/\w+\.hpp", {"glib"}),
    "service/metrics": (r"service/(domain|pipeline)/.*|plugins/common/\w+\.hpp", {"prometheus", "posix"}),
    "service/readiness": (r"service/json/.*|plugins/common/\w+\.hpp", {"posix"}),
    "service/recordings": (r"service/(domain|logging)/.*|plugins/common/(wav/)?\w+\.hpp", {"posix"}),
    "service/store": (r"service/(domain|json|logging)/.*|plugins/common/\w+\.hpp", {"glib", "sqlite", "libpq", "posix"}),
    "service/records": (r"service/(domain|pipeline|store)/.*|plugins/common/\w+\.hpp", set()),
    "service/http": (r"service/(config|json|logging|security)/.*|plugins/common/(websocket/)?\w+\.hpp", {"glib", "soup", "gnutls", "posix"}),
    "service/jwt": (r"service/json/.*|plugins/common/\w+\.hpp", {"jwt"}),
    "service/livekit": (r"service/json/.*|plugins/common/\w+\.hpp", {"soup"}),
    "service/webhook": (r"service/(domain|http|json|jwt|livekit|logging|security)/.*|plugins/common/\w+\.hpp", {"glib"}),
    "service/meetings": (r"service/(domain|livekit|logging|store|webhook)/.*|plugins/common/\w+\.hpp", {"glib"}),
    "service/association": (r"service/((domain|json|logging|pipeline|store)/.*|downloads/readers\.hpp|ledger/line\.hpp|meetings/listener\.hpp)|plugins/common/\w+\.hpp", {"posix"}),
    "service/engineio": (r"service/(domain|http)/.*|plugins/common/(websocket/)?\w+\.hpp", {"posix"}),
    "service/socketio": (r"service/(domain|engineio)/.*", set()),
    "service/replicas": (r"service/(engineio|logging|socketio|store)/.*|plugins/common/\w+\.hpp", {"libpq", "posix"}),
    "service/gateway": (r"service/((config|domain|engineio|http|json|logging|pipeline|replicas|socketio|store)/.*|meetings/listener\.hpp)|plugins/common/\w+\.hpp", set()),
    "service/downloads": (r"service/http/bodysource\.hpp|plugins/common/(wav/)?\w+\.hpp", {"posix"}),
    "service/exports": (r"service/((domain|downloads|logging|store)/.*|http/(bodysource|filelimit)\.hpp|pipeline/reaper\.hpp)|plugins/common/(wav/)?\w+\.hpp", {"glib", "gst", "posix"}),
    "service/rest": (r"service/(access|domain|downloads|exports|http|json|logging|store)/.*|plugins/common/\w+\.hpp", {"glib"}),
    "service/access": (r"service/(http|json|jwt)/.*|plugins/common/\w+\.hpp", {"glib"}),
    "service/api": (r"service/(access|domain|http|logging|security)/.*|plugins/common/\w+\.hpp", set()),
    "service/meet": (r"service/(domain|http|json|livekit|logging|security)/.*|plugins/common/\w+\.hpp", set()),
    "service/autoegress": (r"service/livekit/(types|failure)\.hpp", set()),
    "service/egresscontrol": (r"service/((access|autoegress|domain|http|json|livekit|logging|security|store|webhook)/.*|rest/(answers|parameters)\.hpp)|plugins/common/\w+\.hpp", set()),
    "service/daemon": (r"service/(config|logging)/.*|plugins/common/\w+\.hpp", {"glib", "gst", "posix"}),
    # The composition root knows every part, but no library but the main loop's.
    "service": (r"service/.*|plugins/common/\w+\.hpp", {"glib", "posix", "prometheus"}),
    # Who signs a URL must say what the service reads.
    "tools/apitoken": (r"(tools|service/(access|config))/.*|plugins/common/\w+\.hpp", set()),
    "tools/signurl": (r"(tools|service/(config|domain|security))/.*|plugins/common/\w+\.hpp", {"glib"}),
    # Video is sent by the element that is for that.
    "tools/egresssim/video.cpp": (r"tools/.*|plugins/(common/\w+\.hpp|wssink/gstwssink\.h)", {"glib", "gst", "posix"}),
    "tools/egresssim/main.cpp": (r"tools/.*", {"gst", "posix"}),
    "tools/benchmark": (r"(tools|service/(domain|json|store))/.*|plugins/common/(websocket/clientwire|\w+)\.hpp", {"posix"}),
    "tools": (r"tools/.*|plugins/common/(websocket/clientwire|\w+)\.hpp", {"glib", "soup", "json", "posix"}),
}

# These rows are for the files of the folder itself: a folder inside needs a row of its own.
FILES_ALONE = {"service", "plugins/common"}

# Plain C++: nothing they include, directly or through others, is anything but the standard library.
PURE = ["plugins/common/websocket/" + name for name in ("frame", "receiver", "utf8")] + ["plugins/common/wav/", "plugins/common/video/", "service/domain/",
                                                                                    "service/coverage/coverage", "service/coverage/intervalmap", "service/socketio/",
                                                                                    "service/gateway/chat", "service/exports/heading"] + \
       ["service/engineio/" + name for name in ("base64", "outgoing", "packet", "ports", "request", "server", "session", "settings")]
PURE_LIBRARY = re.compile(r"static_library\('[\w-]+-core',\s*((?:'\w+\.cpp',\s*)+)")

# The HTTP part of an element knows no element types.
NO_ELEMENT_TYPES = ["plugins/imentivsink/" + name for name in ("body", "dispatcher", "exchange", "spool", "spooldelivery", "spoolstore")]

LIBRARIES = {
    "glib": r"(glib|glib-object|glib-unix|gmodule)\.h|gio/.*",
    "gst": r"gst/.*",
    "soup": r"libsoup/.*",
    "gnutls": r"gnutls/.*",
    "json": r"json-glib/.*",
    "jwt": r"jwt\.h",
    "valijson": r"valijson/.*",
    "prometheus": r"prometheus/.*",
    "posix": r"(dirent|fcntl|pthread|signal|strings|unistd|poll|time|netdb)\.h|(sys|netinet|arpa|linux)/\w+\.h",
    "sqlite": r"sqlite3\.h",
    "libpq": r"libpq-fe\.h",
    "xxhash": r"xxh(ash|_x86dispatch)\.h",
    "std": r"[a-z_0-9]+",
}


def sources():
    return [p for p in tree.files() if p.suffix in (".cpp", ".hpp", ".h") and p.parts[0] in ("plugins", "service", "tools")]


def includes(path):
    """(line number, project path or None, library header or None) of every include."""
    for number, line in tree.lines(path):
        if match := INCLUDE.match(line):
            yield number, match[1], match[2]


def library_of(header):
    return next((name for name, pattern in LIBRARIES.items() if re.fullmatch(pattern, header)), header)


def covers(part, path):
    if part in FILES_ALONE:
        return path.rsplit("/", 1)[0] == part
    return path == part or path.startswith(part + "/")


def part_of(path):
    owners = [part for part in RULES if covers(part, path)]
    return max(owners, key=len, default=None)


def own(part, target):
    return target.startswith(part + "/") and part_of(target) == part


def pure_files():
    """Sources of the pure libraries with their headers."""
    files = [str(p) for p in sources() if any(str(p).startswith(prefix) for prefix in PURE)]
    for meson in (p for p in tree.files() if p.name == "meson.build" and p.parts[0] == "plugins"):
        for match in PURE_LIBRARY.finditer(tree.text(meson)):
            for source in re.findall(r"'(\w+)\.cpp'", match[1]):
                files += [str(meson.parent / f"{source}{end}") for end in (".cpp", ".hpp")]
    return [f for f in files if (tree.ROOT / f).exists()]


def reached(path, seen):
    """Library headers that `path` includes, directly or through the project's headers: (header, where)."""
    if path in seen:
        return
    seen.add(path)
    for number, project, library in includes(path):
        if library:
            yield library, f"{path}:{number}"
        elif (tree.ROOT / project).exists():
            yield from reached(project, seen)


class Includes(unittest.TestCase):
    def test_every_source_belongs_to_a_part(self):
        self.assertEqual([str(p) for p in sources() if not part_of(str(p))], [])
        self.assertGreater(len(sources()), 100)

    def test_a_new_folder_belongs_to_no_part_before_it_has_a_row(self):
        self.assertEqual(part_of("service/app.cpp"), "service")
        for path in ("service/new/file.cpp", "plugins/common/new/file.hpp", "plugins/new/file.cpp"):
            self.assertIsNone(part_of(path))

    def test_project_headers_are_included_by_their_full_path(self):
        wrong = [f"{path}:{number}: {project}" for path in sources() for number, project, _ in includes(path)
                 if project and not (tree.ROOT / project).exists()]
        self.assertEqual(wrong, [])

    def test_every_part_includes_only_what_it_may(self):
        wrong = []
        for path in map(str, sources()):
            part = part_of(path)
            allowed, _ = RULES[part]
            wrong += [f"{path}:{number}: {part} may not include {project}" for number, project, _ in includes(path)
                      if project and not own(part, project) and not (allowed and re.fullmatch(allowed, project))]
        self.assertEqual(wrong, [])

    def test_every_part_uses_only_the_libraries_it_may(self):
        wrong = []
        for path in map(str, sources()):
            allowed = RULES[part_of(path)][1] | {"std"}
            wrong += [f"{path}:{number}: {part_of(path)} may not include <{header}>" for number, _, header in includes(path)
                      if header and library_of(header) not in allowed]
        self.assertEqual(wrong, [])

    def test_the_pure_parts_reach_nothing_but_the_standard_library(self):
        files = pure_files()
        self.assertGreater(len(files), 30)
        wrong = {f"{where}: <{header}>, reached from {path}" for path in files for header, where in reached(path, set())
                 if library_of(header) != "std"}
        self.assertEqual(sorted(wrong), [])

    def test_the_http_part_of_an_element_knows_no_element_types(self):
        wrong = [f"{path}:{number}: <{header}>" for path in map(str, sources())
                 if any(path.startswith(prefix + ".") for prefix in NO_ELEMENT_TYPES)
                 for number, _, header in includes(path) if header and re.match(r"gst/(base|audio|video)/", header)]
        self.assertEqual(wrong, [])

    def test_folders_do_not_include_each_other_in_circles(self):
        graph = {}
        for path in sources():
            folder = str(path.parent)
            targets = {project.rsplit("/", 1)[0] for _, project, _ in includes(path) if project} - {folder}
            graph.setdefault(folder, set()).update(targets)

        def walk(folder, trail):
            if folder in trail:
                return [" -> ".join(trail[trail.index(folder):] + [folder])]
            return [circle for target in graph.get(folder, ()) for circle in walk(target, trail + [folder])]

        self.assertEqual(sorted({circle for folder in graph for circle in walk(folder, [])}), [])


if __name__ == "__main__":
    unittest.main()
