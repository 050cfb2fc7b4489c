"""How a Go toolchain comes from a proxy of modules."""
import hashlib
import os
import pathlib
import tempfile
import unittest
import zipfile

import gotoolchain

NAME = "linux-test"
MODULE = f"golang.org/toolchain@v0.0.1-{gotoolchain.VERSION}.{NAME}"


class Toolchain(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        self.proxy = (self.root / "proxy").as_uri()

    def publish(self, *files):
        archive = self.root / "proxy" / "golang.org" / "toolchain" / "@v" / f"v0.0.1-{gotoolchain.VERSION}.{NAME}.zip"
        archive.parent.mkdir(parents=True)
        with zipfile.ZipFile(archive, "w") as out:
            for file in files:
                out.writestr(file, "#!/bin/sh\n")
        return {"test": (NAME, hashlib.sha256(archive.read_bytes()).hexdigest())}

    def install(self, archives, proxy=None):
        return gotoolchain.install(self.root / "into", "test", proxy or self.proxy, archives)

    def test_what_is_run_can_be_run(self):
        go = self.install(self.publish(f"{MODULE}/bin/go", f"{MODULE}/pkg/tool/linux_test/compile", f"{MODULE}/LICENSE"))
        self.assertTrue(os.access(go, os.X_OK))
        self.assertTrue(os.access(go.parents[1] / "pkg/tool/linux_test/compile", os.X_OK))
        self.assertEqual(os.listdir(self.root / "into"), ["golang.org"])

    def test_it_is_fetched_once(self):
        archives = self.publish(f"{MODULE}/bin/go")
        self.assertEqual(self.install(archives), self.install(archives, "https://127.0.0.1:1"))

    def test_the_next_proxy_is_asked(self):
        archives = self.publish(f"{MODULE}/bin/go")
        self.assertTrue(self.install(archives, f"https://127.0.0.1:1,{self.proxy},direct").exists())

    def test_another_archive_is_refused(self):
        self.publish(f"{MODULE}/bin/go")
        with self.assertRaisesRegex(gotoolchain.Failed, "SHA-256"):
            self.install({"test": (NAME, "0" * 64)})
        self.assertFalse((self.root / "into").exists())

    def test_nothing_is_written_elsewhere(self):
        for name in ("../evil", f"{MODULE}/../../../evil"):
            with self.subTest(name), self.assertRaisesRegex(gotoolchain.Failed, "the archive has"):
                self.setUp()
                self.install(self.publish(name))

    def test_why_there_is_none_is_said(self):
        with self.assertRaisesRegex(gotoolchain.Failed, "GOPROXY names none"):
            self.install({"test": (NAME, "")}, "off")
        with self.assertRaisesRegex(gotoolchain.Failed, "no toolchain is known for m68k"):
            gotoolchain.install(self.root, "m68k", self.proxy)


if __name__ == "__main__":
    unittest.main()
