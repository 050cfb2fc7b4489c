#pragma once

#include "tests/support/temporarydirectory.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace lm::test {

/// A directory of the test's own for a spool, removed with it.
class SpoolDirectory {
public:
    const std::string& path() const { return path_; }
    /// Names of the block files in it, sorted, or of those in a folder below it.
    std::vector<std::string> blocks(const std::string& folder = "") const;
    std::filesystem::path file(const std::string& name) const { return std::filesystem::path(path_) / name; }
    /// False when blocks are left at the deadline (20 s).
    bool emptied() const;

private:
    TemporaryDirectory directory_;
    std::string path_ = directory_.path();
};

} // namespace lm::test
