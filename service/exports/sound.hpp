#pragma once

#include "service/downloads/snapshot.hpp"
#include "service/exports/feed.hpp"

#include <memory>
#include <vector>

namespace lm::exports {

/// The audio of one WAV file.
struct SoundFile {
    std::shared_ptr<const downloads::Snapshot> file;
    std::string name;                  // for people
    std::chrono::nanoseconds start{0}; // of its first frame, in the exported file
    SoundFormat format = {};
    std::uint64_t at = 0; // of the first frame, in the file
    std::uint64_t frames = 0;

    std::chrono::nanoseconds end() const;
    std::uint64_t frameBytes() const { return std::uint64_t{2} * format.channels; }
};

/// Where the audio is in a WAV file of 16 bits; an error, with the reason, for anything else. Blocks.
Result<SoundFile> examineSound(std::shared_ptr<const downloads::Snapshot> file, std::string name,
                               std::chrono::nanoseconds start);

/// The files of a track one after the other, each at its time: silence before the first and between two. What
/// begins within 5 ms of the end before it follows at once: times are told in milliseconds. What begins
/// earlier than that loses what lies under the end of the one before.
class Sound : public Feed {
public:
    static constexpr std::chrono::milliseconds same{5};

    /// In the order of their times.
    explicit Sound(std::vector<SoundFile> files) : files_(std::move(files)) {}
    Result<std::optional<Portion>> next() override;

private:
    void place(const SoundFile& file);
    Portion portion(std::uint64_t frames) const;

    const std::vector<SoundFile> files_;
    std::size_t index_ = 0;
    bool placed_ = false;               // the file at index_ has its place
    std::chrono::nanoseconds begin_{0}; // of that place
    std::uint64_t position_ = 0;        // frames given since then, silence included
    std::uint64_t silence_ = 0;         // frames of it that come first
    std::uint64_t skipped_ = 0;         // frames of the file that are never given
};

} // namespace lm::exports
