"""Rules of the house that a review would otherwise repeat."""
import re
import unittest

import tree

LONGEST = 400
GENERATED = {"package-lock.json"}
# In pieces, so that this file keeps the rules it checks.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")
SLEEPING = re.compile(r"\b(sleep_" r"for|sleep_" r"until|g_u" r"sleep|u" r"sleep|nano" r"sleep|time\.s" r"leep|setTime" r"out)\b")
# The one place that waits between two looks at a condition, and a service whose slowness is what is tested.
MAY_SLEEP = {"tests/e2e/support/eventually.mjs", "tests/faults/support/endpoint.mjs"}
MACHINE_PATH = re.compile(r"(?<![\w.$}~*/-])/(ro" r"ot|ho" r"me|wo" r"rk|Us" r"ers)/\w")
LINK = re.compile(r"\]\(([^)\s#:]+)(?:#[^)\s]*)?\)")
VARIABLE = re.compile(r'\{\{"([A-Z][A-Z0-9_]+)"|getenv\("(\w+)"\)')


def offending(pattern, paths):
    return [f"{path}:{number}: {line.strip()[:120]}" for path in paths for number, line in tree.lines(path) if pattern.search(line)]


class House(unittest.TestCase):
    def setUp(self):
        self.files = [path for path in tree.files() if path.name not in GENERATED]
        self.assertGreater(len(self.files), 200)

    def test_no_file_is_longer_than_400_lines(self):
        lengths = {str(path): len(tree.text(path).splitlines()) for path in self.files}
        self.assertEqual({path: length for path, length in lengths.items() if length > LONGEST}, {})

    def test_nothing_is_marked_as_unfinished(self):
        self.assertEqual(offending(UNFINISHED, self.files), [])

    def test_no_test_sleeps(self):
        tests = [path for path in self.files if path.parts[0] == "tests" and str(path) not in MAY_SLEEP]
        self.assertEqual(offending(SLEEPING, tests), [])

    def test_no_path_of_one_machine(self):
        self.assertEqual(offending(MACHINE_PATH, self.files), [])

    def test_lock_files_name_no_registry(self):
        locks = [path for path in tree.files() if path.name in GENERATED]
        self.assertTrue(locks)
        self.assertEqual(offending(re.compile(r'"resolved"'), locks), [])

    def test_every_variable_the_service_reads_is_in_the_example(self):
        read = {match[1] or match[2] for path in self.files if path.parts[0] == "service" and path.suffix == ".cpp"
                for match in VARIABLE.finditer(tree.text(path))}
        self.assertGreater(len(read), 20)
        documented = set(re.findall(r"^([A-Z][A-Z0-9_]*)=", tree.text(".env.example"), re.MULTILINE))
        self.assertEqual(sorted(read - documented), [])
        self.assertEqual(sorted(documented - read), [])

    def test_links_between_documents_lead_somewhere(self):
        pages = [path for path in self.files if path.suffix == ".md"]
        self.assertGreater(len(pages), 4)
        broken = [f"{path}: {target}" for path in pages for target in LINK.findall(tree.text(path))
                  if not (tree.ROOT / path.parent / target).exists()]
        self.assertEqual(broken, [])

    def test_every_element_and_the_project_have_a_readme(self):
        folders = [tree.ROOT, *(path.parent for path in (tree.ROOT / "plugins").glob("*/gst*.h"))]
        self.assertGreater(len(folders), 3)
        self.assertEqual([str(folder) for folder in folders if not (folder / "README.md").exists()], [])


if __name__ == "__main__":
    unittest.main()
