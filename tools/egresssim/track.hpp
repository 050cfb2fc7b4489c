#pragma once

#include "tools/common/uniquefd.hpp"
#include "tools/egresssim/audio.hpp"
#include "tools/egresssim/schedule.hpp"
#include "tools/egresssim/wire.hpp"

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

namespace lm::egresssim {

using Clock = std::chrono::steady_clock;

/// How a track ended.
enum class Outcome {
    Running,
    Complete,  // everything was sent and the connection closed as LiveKit closes it
    AsAsked,   // cut or vanished on request
    Stopped,   // ended early by requestEnd, with a proper close
    Lost,      // closed properly, but audio was dropped because the server did not keep up
    Refused,   // no connection, or no upgrade
    PeerClosed // the server ended the connection first, or broke the protocol
};

struct Counters {
    std::uint64_t messages = 0; // audio messages and their bytes, put on the wire
    std::uint64_t bytes = 0;
    std::uint64_t dropped = 0; // messages lost to a server that does not keep up
    std::uint64_t pingsSent = 0;
    std::uint64_t pingsAnswered = 0; // the server's pings
    std::uint64_t pongsReceived = 0;
    std::uint64_t framesReceived = 0;
};

struct TrackSettings {
    std::string name;
    std::string authority;
    std::string target; // with its query
    Faults faults;
    Time pingInterval{};
    bool fast = false;
    std::uint64_t seed = 0;
    std::string dumpFile; // empty: none
};

/// One egress: a non-blocking socket and what is sent through it. Driven by one thread: `advance` when time
/// has passed, `onReadable` and `onWritable` when the socket is. Holds no more than one batch of frames; what
/// cannot be sent in time is not kept as bytes but as a position, and dropped like LiveKit's leaky queue
/// drops it.
class Track {
public:
    Track(TrackSettings settings, Messages messages);
    Track(Track&&) = default;
    Track& operator=(Track&&) = default;

    void connect(const sockaddr* address, socklen_t size, Clock::time_point now);
    void advance(Clock::time_point now);
    void onReadable(Clock::time_point now);
    void onWritable(Clock::time_point now);
    /// Ends the track as StopEgress does.
    void requestEnd() { endAsked_ = true; }

    int fd() const { return fd_.get(); }
    bool wantsRead() const;
    bool wantsWrite() const;
    bool connected() const { return state_ >= State::Streaming; }
    bool done() const { return outcome_ != Outcome::Running; }
    Outcome outcome() const { return outcome_; }
    const std::string& reason() const { return reason_; }
    const Counters& counters() const { return counters_; }
    /// Time zero of the schedule; the epoch as long as there was no upgrade.
    Clock::time_point firstAudioAt() const { return firstAudioAt_; }
    /// How late the most punctual message was; nullopt before the first.
    std::optional<Time> leastLate() const { return leastLate_; }
    const std::string& name() const { return settings_.name; }

private:
    enum class State { Idle, Connecting, Upgrading, Streaming, Vanished, Closed };

    void startUpgrade();
    void readUpgrade(ByteView bytes, Clock::time_point now);
    void readFrames(ByteView bytes);
    void onFrame(const ws::ServerFrame& frame);
    void produce(Time elapsed);
    bool fireCues(Time position);
    void emitMessage(Time at);
    void emit(Opcode opcode, bool final, ByteView payload);
    bool flush();
    void closeProperly();
    void end(Outcome outcome, std::string reason = {});
    Time length() const;
    std::uint32_t nextMask();

    struct FileCloser {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };

    TrackSettings settings_;
    Messages messages_;
    Pacer pacer_;
    std::vector<Cue> cues_;
    std::size_t nextCue_ = 0;
    std::uint64_t next_ = 0; // the next audio message

    State state_ = State::Idle;
    Outcome outcome_ = Outcome::Running;
    std::string reason_;
    bool endAsked_ = false;
    bool closeQueued_ = false;
    tools::UniqueFd fd_;
    Clock::time_point deadline_;     // of the handshake, later of the end
    Clock::time_point firstAudioAt_; // time zero of the schedule
    std::optional<Time> leastLate_;
    std::string key_;
    std::string answer_; // the header of the upgrade's answer, until it is complete
    ws::ServerFrames reader_;
    Bytes out_; // frames that are on their way into the socket
    std::size_t outAt_ = 0;
    Bytes payload_; // of one message
    std::uint64_t random_;
    std::unique_ptr<std::FILE, FileCloser> dump_;
    Counters counters_;
};

} // namespace lm::egresssim
