#pragma once

#include "service/association/relocation.hpp"
#include "service/domain/filename.hpp"
#include "tests/support/temporarydirectory.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace lm::association {

namespace fs = std::filesystem;

/// Recordings and ledgers of a track that ran from second 0 to 100 in the room `daily`, whose meeting is
/// RM_1.
class Folders {
public:
    Folders() {
        what_.track.id = "b0afe856-228d-4c1f-9b57-4f0a6a7f1d1e";
        what_.track.meetingId = "RM_1";
        what_.track.roomName = "daily";
        what_.track.participant = "ann";
        what_.track.trackId = "TR_1";
        what_.track.startedAt = at(0);
        what_.track.endedAt = at(100);
    }
    static domain::UtcTime at(int seconds) {
        return domain::UtcTime(std::chrono::seconds(1'767'225'600 + seconds));
    }
    std::string stem() const {
        domain::EgressRequest request;
        request.room = what_.track.roomName;
        request.participant = what_.track.participant;
        request.trackId = what_.track.trackId;
        return domain::recordingStem(what_.track.startedAt, request);
    }
    static std::string line(const std::string& kind, int number) {
        return R"({"line":")" + kind + R"(","n":)" + std::to_string(number) + "}\n";
    }
    std::string ledger() const { return stem() + ".jsonl"; }
    fs::path recordings() const { return directory_.path() / "recordings"; }
    fs::path ledgers() const { return directory_.path() / "ledger"; }
    Places places() const { return {recordings(), ledgers()}; }

    void write(const fs::path& file, const std::string& text) const {
        fs::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << text;
    }
    /// A recording, with a row if it has a part.
    void record(const std::string& name, int part = 0) {
        write(recordings() / "daily" / name, name);
        if (part > 0)
            what_.recordings.push_back({what_.track.id, part, "daily/" + name, 48000, 2, 0, 480, {}});
    }
    /// All that a track of two parts leaves.
    void recordAll() {
        record(stem() + ".wav", 1);
        record(stem() + "-part2.wav", 2);
        write(ledgers() / "daily" / ledger(), line("track", 0) + line("end", 1));
    }
    static std::string read(const fs::path& file) {
        std::ostringstream text;
        text << std::ifstream(file, std::ios::binary).rdbuf();
        return text.str();
    }
    /// Names below a directory, with their folders.
    static std::set<std::string> below(const fs::path& root) {
        std::set<std::string> all;
        for (const auto& entry : fs::recursive_directory_iterator(root))
            if (!entry.is_directory()) all.insert(entry.path().lexically_relative(root));
        return all;
    }
    /// Everything was written then.
    void age(domain::UtcTime written) const {
        const auto time = fs::file_time_type(std::chrono::file_clock::from_sys(
            std::chrono::time_point_cast<std::chrono::nanoseconds>(written)));
        for (const auto& entry : fs::recursive_directory_iterator(directory_.path()))
            if (entry.is_regular_file()) fs::last_write_time(entry.path(), time);
    }

    const test::TemporaryDirectory directory_;
    Relocation what_;
};

} // namespace lm::association
