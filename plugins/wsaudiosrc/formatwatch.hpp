#pragma once

#include "plugins/wsaudiosrc/audioformat.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace lm::wsaudiosrc {

/// Whether the left sample equals the right one in interleaved audio that is said to have one channel: what
/// LiveKit makes of a microphone. Only sound counts; silence says nothing. Bytes may be cut between samples.
class PairCheck {
public:
    void add(std::span<const std::byte> samples);
    /// Enough sound to tell.
    bool decided() const { return sounding_ >= enough; }
    bool equal() const;

private:
    static constexpr std::uint64_t enough = 24'000; // pairs: half a second of sound

    std::optional<std::int16_t> left_; // of a pair whose right one is to come
    std::int16_t last_ = 0;
    std::uint64_t sounding_ = 0;
    std::uint64_t different_ = 0;
    std::uint64_t moving_ = 0; // pairs that are not the pair before: a level without sound is equal, too
};

/// The declaration is wrong.
struct FormatAlarm {
    AudioFormat declared;
    AudioFormat measured; // the usual format that fits the bytes best; the declared one when none does
    double byteRate = 0;  // a second
    double ratio = 0;     // of what the declaration says
    bool certain = false; // one channel was declared, and left equals right: `measured` is what it is
};

/// Compares a stream with what it was declared to be: bytes against the clock, over several even seconds, so
/// that neither the burst after a stall nor the begin of a stream counts. Costs nothing once it is settled,
/// and looks at samples only while the bytes of one channel come twice as fast as they should. Not
/// thread-safe.
class FormatWatch {
public:
    explicit FormatWatch(AudioFormat declared) : declared_(declared) {}

    /// `bytes` more had arrived at `now` (ns of a monotonic clock).
    void observe(std::int64_t now, std::uint64_t bytes);
    /// True while `examine` wants what arrives, from now on all of it.
    bool wantsAudio() const { return state_ == State::Doubled; }
    /// The next audio, which begins with byte `position` of the stream (a whole number of samples).
    void examine(std::uint64_t position, std::span<const std::byte> samples);
    /// What was found out, once.
    std::optional<FormatAlarm> takeAlarm();

private:
    enum class State { Measuring, Doubled, Settled };
    struct Run { // of seconds whose rates agree
        int seconds = 0;
        double least = 0, most = 0, sum = 0;
        void add(double ratio);
        double mean() const { return sum / seconds; }
    };

    void closeSecond(double ratio);
    void settle(bool certain);
    AudioFormat guess(double byteRate) const;

    AudioFormat declared_;
    State state_ = State::Measuring;
    bool started_ = false;
    std::int64_t since_ = 0;
    std::uint64_t bytes_ = 0;
    Run run_;
    PairCheck pairs_;
    bool examined_ = false;
    std::optional<FormatAlarm> alarm_;
};

} // namespace lm::wsaudiosrc
