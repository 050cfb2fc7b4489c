#pragma once

#include "plugins/common/files/backoff.hpp"
#include "plugins/common/files/pieces.hpp"
#include "plugins/common/files/storage.hpp"
#include "plugins/wavfilesink/listener.hpp"
#include "plugins/wavfilesink/part.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <string>

namespace lm::wavfilesink {

/// Bytes of a file at the most when nothing else is said: what every reader of 32-bit sizes takes.
inline constexpr std::uint64_t defaultMaxBytes = 0xffff0000;

/// Writes one track into WAV files: the file appears with the first sample, a new part begins before
/// `maxBytes` are full and where the format changes. A file system that takes nothing more never fails the
/// track: the recording is paused, what comes meanwhile is counted, and it goes on in a new part, whose time
/// is right, as soon as there is room. One thread at a time.
class Recorder {
public:
    struct Config {
        std::string location;
        std::uint64_t maxBytes = defaultMaxBytes;
    };
    using Clock = std::function<Backoff::Time()>;

    /// What is passed by reference outlives the recorder. `clock` is asked only around failures.
    Recorder(Storage& storage, Listener& listener, Config config, Clock clock);

    /// Of the bytes to come. Another one than before begins a new part.
    void setFormat(const wav::Format& format);
    /// The bytes since the last change of format, and those to come, are in this one: it had been declared
    /// wrongly. Headers are rewritten, the bytes stay where they are.
    void correctFormat(std::uint32_t rate, std::uint32_t channels);
    /// UTC of the next byte, nanoseconds since the Unix epoch.
    void anchor(std::int64_t utcNs);
    /// The UTC of everything so far and to come is `ns` later than thought.
    void shiftTime(std::int64_t ns);
    /// Audio, in order. Needs a format.
    void write(Pieces pieces);
    /// Nothing comes for now: closes what is open. What comes all the same begins a new part.
    void finish();
    /// Brings what is finished on its way to the disk and closes it. May wait for a busy disk: not for the
    /// thread that writes.
    void settle();

    Stats stats() const;

private:
    /// What was received since the last change of format, in bytes.
    struct Run {
        wav::Format format;
        std::uint64_t firstSample = 0;
        std::uint64_t received = 0;
        std::uint64_t recorded = 0;
        std::int64_t anchorUtcNs = 0; // 0: unknown
        std::uint64_t anchorByte = 0;

        std::uint64_t sampleAt(std::uint64_t byte) const { return firstSample + byte / format.frameBytes(); }
        /// Of a byte at or after the anchor.
        std::int64_t utcAt(std::uint64_t byte) const;
    };

    bool beginPart();
    bool appendToPart();
    Opened create(std::string& path);
    void closePart();
    void countHeader(bool written);
    void skip(std::size_t bytes);
    void alignAfterPause();
    void pause(std::error_code error, const std::string& path);
    void resume(std::uint64_t sample);
    std::uint64_t mostAudioBytes() const;

    Storage& storage_;
    Listener& listener_;
    const Config config_;
    const Clock clock_;
    std::string location_; // of the first part; the others are named after it
    std::optional<Run> run_;
    Stats earlier_; // of the runs before
    std::optional<Part> part_;
    std::deque<Part> closed_; // of this run, for corrections; the file of the last one is open
    PieceCursor cursor_;
    bool paused_ = false;
    std::uint64_t pausedSample_ = 0;
    Backoff backoff_;
    bool finished_ = true; // nothing has come since
};

} // namespace lm::wavfilesink
