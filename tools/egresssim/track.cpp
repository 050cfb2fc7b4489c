#include "tools/egresssim/track.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace lm::egresssim {

namespace {

constexpr auto kHandshakeBudget = std::chrono::seconds(45); // dial and upgrade together, as LiveKit's
constexpr auto kEndBudget = std::chrono::seconds(30); // LiveKit stops by force when the tail does not get out
constexpr std::size_t kMaxAnswer = 16 * 1024;
constexpr std::size_t kFastBatch = 32;              // messages per write
constexpr std::uint64_t kFastTurn = 4 * kFastBatch; // messages, then it is another track's turn
constexpr std::size_t kMaxPending = 256 * 1024;

std::string systemError(const char* what, int error) {
    return std::string(what) + ": " + std::strerror(error);
}

} // namespace

Track::Track(TrackSettings settings, Messages messages)
    : settings_(std::move(settings)), messages_(std::move(messages)),
      pacer_(messages_.count(), settings_.faults, settings_.fast),
      cues_(makeCues(settings_.faults, static_cast<std::int64_t>(messages_.count()) * kMessageTime,
                     settings_.pingInterval)),
      random_(settings_.seed) {}

std::uint32_t Track::nextMask() {
    // SplitMix64: a few instructions for a fresh mask per frame.
    std::uint64_t z = (random_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return static_cast<std::uint32_t>(z >> 32);
}

void Track::connect(const sockaddr* address, socklen_t size, Clock::time_point now) {
    if (!settings_.dumpFile.empty()) {
        dump_.reset(std::fopen(settings_.dumpFile.c_str(), "wb"));
        if (!dump_)
            return end(Outcome::Refused, systemError(("cannot write " + settings_.dumpFile).c_str(), errno));
    }
    deadline_ = now + kHandshakeBudget;
    fd_ = tools::UniqueFd(::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd_) return end(Outcome::Refused, systemError("socket", errno));
    const int on = 1;
    ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); // as Go sets it
    state_ = State::Connecting;
    if (::connect(fd_.get(), address, size) == 0) return startUpgrade();
    if (errno != EINPROGRESS) end(Outcome::Refused, systemError("connect", errno));
}

void Track::startUpgrade() {
    state_ = State::Upgrading;
    const auto word = [this] { return std::uint64_t{nextMask()} << 32 | nextMask(); };
    const auto high = word();
    key_ = ws::upgradeKey(high, word());
    const auto request = upgradeRequest(settings_.authority, settings_.target, key_);
    out_.assign(request.begin(), request.end());
    flush();
}

bool Track::wantsRead() const {
    if (done() || state_ == State::Vanished || state_ < State::Upgrading) return false;
    return !(settings_.faults.stopReading && state_ == State::Streaming);
}

bool Track::wantsWrite() const {
    if (done()) return false;
    const bool goesOn = settings_.fast && state_ == State::Streaming && next_ < messages_.count();
    return state_ == State::Connecting || goesOn || (state_ != State::Vanished && outAt_ < out_.size());
}

void Track::onWritable(Clock::time_point now) {
    if (done()) return;
    if (state_ == State::Connecting) {
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) return end(Outcome::Refused, systemError("connect", error));
        return startUpgrade();
    }
    if (flush()) advance(now);
}

void Track::onReadable(Clock::time_point now) {
    std::array<std::uint8_t, 16 * 1024> buffer;
    while (wantsRead()) {
        const auto got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) {
            const auto outcome = state_ == State::Upgrading ? Outcome::Refused : Outcome::PeerClosed;
            return end(outcome, got == 0 ? "the server closed the connection" : systemError("read", errno));
        }
        const ByteView bytes(buffer.data(), static_cast<std::size_t>(got));
        state_ == State::Upgrading ? readUpgrade(bytes, now) : readFrames(bytes);
    }
}

void Track::readUpgrade(ByteView bytes, Clock::time_point now) {
    const auto before = answer_.size();
    answer_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const auto headerEnd = answer_.find("\r\n\r\n");
    if (headerEnd == std::string::npos) {
        if (answer_.size() > kMaxAnswer)
            end(Outcome::Refused, "bad handshake: the answer's header is too long");
        return;
    }
    if (auto error = ws::checkUpgrade(std::string_view(answer_).substr(0, headerEnd), key_)) {
        return end(Outcome::Refused, error->message);
    }
    state_ = State::Streaming;
    firstAudioAt_ = now;
    deadline_ = now + length() + kEndBudget;
    readFrames(bytes.subspan(headerEnd + 4 - before));
    answer_.clear();
    advance(now);
}

void Track::readFrames(ByteView bytes) {
    while (!done()) {
        auto frame = reader_.next(bytes);
        if (!frame) return end(Outcome::PeerClosed, frame.error().message);
        if (!*frame) return;
        onFrame(**frame);
    }
}

void Track::onFrame(const ws::ServerFrame& frame) {
    ++counters_.framesReceived;
    if (frame.opcode == Opcode::Pong) ++counters_.pongsReceived;
    if (frame.opcode == Opcode::Ping && out_.size() < kMaxPending && !closeQueued_) {
        ++counters_.pingsAnswered;
        emit(Opcode::Pong, true, asBytes("pong")); // a constant, whatever the ping's payload
        flush();
    }
    if (frame.opcode == Opcode::Close) {
        std::string code = "no code";
        if (frame.control.size() >= 2) {
            code = std::to_string(static_cast<std::uint8_t>(frame.control[0]) << 8 |
                                  static_cast<std::uint8_t>(frame.control[1]));
        }
        end(Outcome::PeerClosed, "the server sent Close (" + code + ")");
    }
}

void Track::advance(Clock::time_point now) {
    if (done() || state_ == State::Idle) return;
    if (now > deadline_) {
        return state_ == State::Streaming ? end(Outcome::Lost, "the server did not take the rest within 30 s")
                                          : end(Outcome::Refused, "no upgrade within 45 s");
    }
    const Time elapsed = now - firstAudioAt_;
    if (state_ == State::Vanished) {
        if (endAsked_ || elapsed >= length()) end(Outcome::AsAsked);
        return;
    }
    if (state_ != State::Streaming || !flush()) return;
    if (endAsked_) return closeProperly();
    if (!pacer_.stalled(elapsed)) produce(elapsed);
}

void Track::produce(Time elapsed) {
    const std::uint64_t due = pacer_.due(elapsed);
    if (const auto leaked = pacer_.leaked(next_, due)) {
        next_ += leaked;
        counters_.dropped += leaked;
    }
    const std::size_t batch = settings_.fast ? kFastBatch : 1;
    // A server that reads as fast as this writes would have one track after the other.
    const std::uint64_t turnEnd = settings_.fast ? std::min(due, next_ + kFastTurn) : due;
    while (next_ < turnEnd && flush()) {
        for (std::size_t i = 0; i < batch && next_ < turnEnd; ++i) {
            const Time at = static_cast<std::int64_t>(next_) * kMessageTime;
            if (!fireCues(at)) return;
            emitMessage(at);
            if (!settings_.fast) leastLate_ = std::min(leastLate_.value_or(elapsed - at), elapsed - at);
            ++next_;
        }
    }
    if (flush() && next_ == messages_.count() && !done() && fireCues(length())) closeProperly();
}

/// False when a cue ended the sending.
bool Track::fireCues(Time position) {
    for (; nextCue_ < cues_.size() && cues_[nextCue_].at <= position; ++nextCue_) {
        const auto& cue = cues_[nextCue_];
        switch (cue.kind) {
        case Cue::Kind::Text:
            emit(Opcode::Text, true, asBytes(cue.text));
            break;
        case Cue::Kind::Ping:
            ++counters_.pingsSent;
            emit(Opcode::Ping, true, asBytes(cue.text));
            break;
        case Cue::Kind::Cut: {
            flush();
            const linger abort{1, 0};
            ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
            end(Outcome::AsAsked, "cut");
            return false;
        }
        case Cue::Kind::Vanish:
            flush();
            state_ = State::Vanished;
            return false;
        }
    }
    return true;
}

void Track::emitMessage(Time at) {
    const auto& faults = settings_.faults;
    if (faults.neverSend || (faults.gap && faults.gap->contains(at))) return;
    messages_.copy(next_, isMuted(faults, at), payload_);
    if (faults.fragment && payload_.size() >= 3) {
        const ByteView whole(payload_);
        const auto third = whole.size() / 3;
        emit(Opcode::Binary, false, whole.first(third));
        emit(Opcode::Continuation, false, whole.subspan(third, third));
        emit(Opcode::Ping, true, asBytes("ping"));
        ++counters_.pingsSent;
        emit(Opcode::Continuation, true, whole.subspan(2 * third));
    } else {
        emit(Opcode::Binary, true, payload_);
    }
    ++counters_.messages;
    counters_.bytes += payload_.size();
    if (dump_) std::fwrite(payload_.data(), 1, payload_.size(), dump_.get());
}

void Track::emit(Opcode opcode, bool final, ByteView payload) {
    ws::appendFrame(out_, opcode, final, payload, nextMask());
}

/// True when everything is in the socket.
bool Track::flush() {
    while (!done() && outAt_ < out_.size()) {
        const auto sent =
            ::send(fd_.get(), out_.data() + outAt_, out_.size() - outAt_, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno == EAGAIN) return false;
        if (sent < 0) {
            end(state_ == State::Streaming ? Outcome::PeerClosed : Outcome::Refused,
                systemError("write", errno));
            return false;
        }
        outAt_ += static_cast<std::size_t>(sent);
    }
    out_.clear();
    outAt_ = 0;
    return !done();
}

/// An empty Close and the FIN at once: nobody waits for the server's echo.
void Track::closeProperly() {
    if (!closeQueued_ && !settings_.faults.noClose) {
        emit(Opcode::Close, true, ws::closePayload(settings_.faults.closeCode));
    }
    closeQueued_ = true;
    if (!flush()) return;
    // Unread bytes would turn the FIN into a reset, and that could overtake our last audio.
    if (!settings_.faults.stopReading) {
        std::array<std::uint8_t, 4096> rest;
        while (::recv(fd_.get(), rest.data(), rest.size(), 0) > 0) {
        }
    }
    const bool early = next_ < messages_.count();
    if (counters_.dropped > 0) {
        return end(Outcome::Lost,
                   std::to_string(counters_.dropped) + " messages were dropped, the server was too slow");
    }
    end(early ? Outcome::Stopped : Outcome::Complete);
}

Time Track::length() const {
    return static_cast<std::int64_t>(messages_.count()) * kMessageTime;
}

void Track::end(Outcome outcome, std::string reason) {
    if (done()) return;
    outcome_ = outcome;
    reason_ = std::move(reason);
    state_ = State::Closed;
    fd_.reset();
    dump_.reset();
}

} // namespace lm::egresssim
