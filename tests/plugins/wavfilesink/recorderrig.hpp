#pragma once

#include "plugins/common/wav/repair.hpp"
#include "plugins/wavfilesink/recorder.hpp"
#include "tests/plugins/wavfilesink/memorystorage.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace lm::test {

/// A recorder in memory with a clock of the test's, and everything it has told.
class RecorderRig : public testing::Test, public wavfilesink::Listener {
protected:
    static constexpr wav::Format stereo{48000, 2};

    wavfilesink::Recorder& use(std::uint64_t maxBytes = wavfilesink::defaultMaxBytes,
                               const wav::Format& format = stereo) {
        recorder_.emplace(storage_, *this, wavfilesink::Recorder::Config{"d/x.wav", maxBytes},
                          [this] { return now_; });
        recorder_->setFormat(format);
        return *recorder_;
    }

    /// The next `bytes` of an endless audio in which every byte can be told from its neighbours.
    void write(std::size_t bytes) {
        std::vector<std::byte> audio(bytes);
        for (std::size_t i = 0; i < bytes; ++i)
            audio[i] = at(sent_ + i);
        sent_ += bytes;
        // Two memories, cut at an odd place.
        const std::size_t cut = bytes / 3;
        const std::array<wavfilesink::Piece, 2> pieces{std::span(audio).first(cut),
                                                       std::span(audio).subspan(cut)};
        recorder_->write(pieces);
    }
    void writeFrames(std::size_t frames) { write(frames * 4); }

    static std::byte at(std::size_t i) { return static_cast<std::byte>((i * 31 + i / 251) & 0xff); }

    const MemoryStorage::Bytes& file(const std::string& path) { return *storage_.files.at(path); }
    std::size_t audioBytes(const std::string& path) { return file(path).size() - wav::headerBytes; }

    /// The file says what it holds, and holds what was sent from `firstByte` on.
    void expectTrue(const std::string& path, std::size_t firstByte) {
        ASSERT_TRUE(storage_.files.contains(path)) << path;
        const auto& bytes = file(path);
        const auto plan = wav::planRepair(bytes.size(), [&](std::uint64_t offset, std::span<std::byte> out) {
            if (offset + out.size() > bytes.size()) return false;
            std::memcpy(out.data(), bytes.data() + offset, out.size());
            return true;
        });
        EXPECT_EQ(plan.verdict, wav::Verdict::Sound) << path;
        for (std::size_t i = wav::headerBytes; i < bytes.size(); ++i)
            ASSERT_EQ(bytes[i], at(firstByte + i - wav::headerBytes)) << path << " at byte " << i;
    }
    /// Of recorded, skipped and received: the first two are the third.
    void expectBalance(std::uint64_t skippedFrames) {
        const auto stats = recorder_->stats();
        EXPECT_EQ(stats.skippedSamples, skippedFrames);
        EXPECT_EQ(stats.recordedSamples + stats.skippedSamples, sent_ / 4);
    }

    void partOpened(const wavfilesink::PartInfo& part) override { opened_.push_back(part); }
    void partClosed(const wavfilesink::PartInfo& part) override { closed_.push_back(part); }
    void paused(std::uint64_t sample, const std::string& reason, const std::string&) override {
        pauses_.push_back(sample);
        reason_ = reason;
    }
    void resumed(std::uint64_t sample, std::uint64_t skipped) override {
        resumes_.emplace_back(sample, skipped);
    }
    void finished(const wavfilesink::Stats&) override { ++finishes_; }

    MemoryStorage storage_;
    wavfilesink::Backoff::Time now_{std::chrono::hours(1)};
    std::optional<wavfilesink::Recorder> recorder_;
    std::size_t sent_ = 0;
    std::vector<wavfilesink::PartInfo> opened_;
    std::vector<wavfilesink::PartInfo> closed_;
    std::vector<std::uint64_t> pauses_;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> resumes_;
    std::string reason_;
    int finishes_ = 0;
};

} // namespace lm::test
