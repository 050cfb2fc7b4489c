import unittest

from withenv import BadLine, parse


class WithEnv(unittest.TestCase):
    def test_reads_assignments_comments_and_quotes(self):
        self.assertEqual(parse([
            "# a comment\n", "\n", "PORT=3001\n", "export HOST = 127.0.0.1 \n", "A='x # y' # why\n", 'B="a b"\n',
            "C=a#b # why\n", "EMPTY=\n", "E2=# why\n",
        ]), {"PORT": "3001", "HOST": "127.0.0.1", "A": "x # y", "B": "a b", "C": "a#b", "EMPTY": "", "E2": ""})

    def test_expands_and_executes_nothing(self):
        self.assertEqual(parse(["A=$(id) ${HOME} `id`\n"]), {"A": "$(id) ${HOME} `id`"})

    def test_the_last_assignment_wins(self):
        self.assertEqual(parse(["A=1\n", "A=2\n"]), {"A": "2"})

    def test_names_the_bad_line_without_its_text(self):
        for bad in ("secret", "1A=secret", 'KEY="secret', "KEY='secret' more"):
            with self.assertRaises(BadLine) as caught:
                parse(["OK=1\n", bad + "\n"])
            self.assertIn("line 2", str(caught.exception))
            self.assertNotIn("secret", str(caught.exception))
