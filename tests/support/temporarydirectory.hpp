#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace lm::test {

/// An empty directory of the test's own, removed with everything in it. Throws when none can be made.
class TemporaryDirectory {
public:
    TemporaryDirectory() {
        // mkdtemp puts random characters in the place of the last six.
        std::string name =
            (std::filesystem::temp_directory_path() / "live-meeting-test-").string() + std::string(6, 'X');
        if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary directory can be made: " + name);
        path_ = name;
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

} // namespace lm::test
