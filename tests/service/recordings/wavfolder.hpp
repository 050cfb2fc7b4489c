#pragma once

#include "plugins/common/handles.hpp"
#include "plugins/common/wav/header.hpp"
#include "tests/support/temporarydirectory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>

namespace lm::test {

/// A directory for recordings, with old files in it.
class WavFolder : public testing::Test {
protected:
    static std::string wav(std::size_t audioBytes, std::uint64_t claimed) {
        const auto h = lm::wav::header({48000, 2}, claimed, 0);
        return std::string(reinterpret_cast<const char*>(h.data()), h.size()) + std::string(audioBytes, 'a');
    }
    void put(const std::string& name, const std::string& bytes) {
        std::filesystem::create_directories((root_ / name).parent_path());
        std::ofstream(root_ / name, std::ios::binary) << bytes;
        age(name);
    }
    /// Last modified long ago.
    void age(const std::string& name) {
        const timespec times[2] = {{1'000'000'000, 0}, {1'000'000'000, 5}};
        ASSERT_EQ(::utimensat(AT_FDCWD, (root_ / name).c_str(), times, AT_SYMLINK_NOFOLLOW), 0);
    }
    std::string get(const std::string& name) const {
        std::ifstream in(root_ / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    const lm::test::TemporaryDirectory directory_;
    const std::filesystem::path root_ = directory_.path();
};

} // namespace lm::test
