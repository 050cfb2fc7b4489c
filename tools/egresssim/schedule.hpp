#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// When a track does what. Pure: time is an argument.
namespace lm::egresssim {

using Time = std::chrono::nanoseconds; // since the track's first audio

/// One message is 10 ms of audio.
inline constexpr Time kMessageTime = std::chrono::milliseconds(10);
/// LiveKit's `audio_queue`: what a stalled connection holds before the oldest audio is dropped.
inline constexpr std::uint64_t kLeakyQueueMessages = 300;
/// A mute frame runs ahead of the audio it describes by about this much (true and false differ).
inline constexpr Time kMuteLead = std::chrono::seconds(1);
inline constexpr Time kUnmuteLead = std::chrono::seconds(3);

struct Span {
    Time from;
    Time to;
    bool contains(Time t) const { return t >= from && t < to; }
    bool operator==(const Span&) const = default;
};

/// What deviates from a healthy egress.
struct Faults {
    std::optional<Span>
        stall;               // the sender holds everything back, then catches up; over 3 s the oldest is lost
    std::optional<Span> gap; // this audio is never sent
    std::optional<Span> mute;   // as asked for: the two text frames; the audio is silent later, by the leads
    std::optional<Time> cut;    // RST
    std::optional<Time> vanish; // neither sends nor reads nor closes any more
    std::vector<std::pair<Time, std::string>> texts; // any other text frame
    std::optional<std::uint16_t> closeCode;
    std::uint32_t burst = 1; // messages that are sent together
    bool oddSizes = false;
    bool fragment = false; // three fragments with a ping in between
    bool noClose = false;  // FIN without a Close frame
    bool neverSend = false;
    bool stopReading = false;

    bool operator==(const Faults&) const = default;
};

/// Something that happens between two messages.
struct Cue {
    enum class Kind { Text, Ping, Cut, Vanish };
    Time at;
    Kind kind;
    std::string text = {};
};

/// Every cue of a track of this length, in order of time.
std::vector<Cue> makeCues(const Faults& faults, Time duration, Time pingInterval);

/// How much of a track is due.
class Pacer {
public:
    /// `fast`: everything is due at once.
    Pacer(std::uint64_t messages, const Faults& faults, bool fast)
        : messages_(messages), burst_(faults.burst), stall_(faults.stall), fast_(fast) {}

    /// Messages that a healthy connection has sent by `elapsed`: the first at 0.
    std::uint64_t due(Time elapsed) const;
    /// Messages the leaky queue has dropped when `next` is the next one to send.
    std::uint64_t leaked(std::uint64_t next, std::uint64_t due) const;
    bool stalled(Time elapsed) const { return stall_ && stall_->contains(elapsed); }

private:
    std::uint64_t messages_;
    std::uint32_t burst_;
    std::optional<Span> stall_;
    bool fast_;
};

/// Whether the message at this time of the stream is silence because of a mute.
bool isMuted(const Faults& faults, Time at);

} // namespace lm::egresssim
