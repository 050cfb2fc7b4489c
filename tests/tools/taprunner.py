"""Runs the unittest modules named on the command line and reports every case as TAP, so that cases are counted."""
import sys
import unittest


class TapResult(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.failed = set()

    def report(self, test, ok, details=""):
        print(f"{'ok' if ok else 'not ok'} {self.testsRun} - {test.id()}")
        for line in details.splitlines():
            print(f"# {line}")

    def addSuccess(self, test):
        self.report(test, True)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.report(test, False, self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self.report(test, False, self.errors[-1][1])


def main(names):
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    print(f"1..{suite.countTestCases()}")
    result = TapResult()
    suite.run(result)
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
