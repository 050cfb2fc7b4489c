#pragma once

#include "plugins/common/result.hpp"
#include "tools/egresssim/wire.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace lm::egresssim {

/// S16LE samples, interleaved, and how they are played on beyond their end.
struct Audio {
    std::uint32_t rate = 48000; // Hz
    std::uint32_t channels = 2;
    bool loop = false; // otherwise silence follows
    Bytes pcm;         // whole frames

    std::size_t frameBytes() const { return std::size_t{2} * channels; }
    std::uint64_t frames() const { return pcm.size() / frameBytes(); }
};

/// The samples of a RIFF WAVE file. Only 16-bit PCM is accepted; a `data` chunk that claims more than there
/// is (a recording that was killed) is taken as far as it goes.
Result<Audio> parseWav(ByteView file);
Result<Audio> readWav(const std::string& path, bool loop);

/// One second of a sine at -12 dBFS, looped: `hertz` must be whole.
Audio makeTone(std::uint32_t hertz);
/// Seven seconds of noise at -12 dBFS peak, looped.
Audio makeNoise(std::uint64_t seed);
Audio makeSilence();

/// The messages of one track: how `totalFrames` of an Audio are cut. A message is 10 ms; at rates that have
/// no whole number of frames in 10 ms the lengths alternate.
class Messages {
public:
    struct Shape {
        std::uint64_t totalFrames = 0;
        std::uint64_t offsetFrames = 0; // where in a looped audio the track begins, so that tracks differ
        bool oddSizes = false;          // odd byte lengths: samples split across messages
    };

    Messages(std::shared_ptr<const Audio> audio, Shape shape);

    std::uint64_t count() const { return count_; }
    std::uint64_t totalBytes() const { return totalBytes_; }
    std::size_t size(std::uint64_t index) const;
    /// Writes the bytes of a message to `out`, as zeros when `silent`.
    void copy(std::uint64_t index, bool silent, Bytes& out) const;

private:
    std::uint64_t boundary(std::uint64_t index) const;

    std::shared_ptr<const Audio> audio_;
    Shape shape_;
    std::uint64_t totalBytes_;
    std::uint64_t count_;
};

} // namespace lm::egresssim
