#pragma once

#include "plugins/common/ingest/client.hpp"
#include "plugins/common/websocket/connection.hpp"
#include "plugins/common/websocket/receiver.hpp"

#include <atomic>
#include <optional>

namespace lm::ingest {

struct SessionSettings {
    std::uint64_t maxMessageBytes = 1 << 20;
    /// Sent when nothing has come for this long. An answer is not required: an egress neither reads nor
    /// answers before its first audio, and then answers any ping with the payload `pong`.
    std::chrono::seconds pingInterval{20};
    /// Without a single byte for this long the peer counts as gone. Far above the 60 s that the first audio
    /// may take. Zero: never.
    std::chrono::seconds idleTimeout{120};
};

/// How a session ended.
struct CloseInfo {
    std::uint16_t code = ws::closecode::Abnormal; // the peer's, or ours when we closed
    bool clean = false;                           // the peer said Close, or we ended it on request
    std::string reason;                           // for people
};

/// Why an output wants nothing more: the Close frame the peer gets (RFC 6455, 7.4.1).
struct Refusal {
    std::uint16_t code = ws::closecode::GoingAway;
    std::string reason = "the pipeline takes no more data";
};

struct SessionStats {
    std::uint64_t messages = 0; // binary, complete
    std::uint64_t bytes = 0;    // of binary payload
    std::uint64_t texts = 0;
    std::uint64_t pings = 0;       // received
    std::uint64_t unsentPongs = 0; // the peer does not read
};

/// Where a session's content goes. Called on the ingest thread.
class SessionOutput {
public:
    virtual ~SessionOutput() = default;
    /// A piece of binary payload; `end` marks the end of a message. Valid during the call only.
    virtual void onData(ws::Bytes piece, bool end) = 0;
    virtual void onText(std::string_view text) = 0;
    /// Everything that was there has been handed over. A refusal ends the session.
    virtual std::optional<Refusal> onVisitEnd(Clock::time_point now) = 0;
    /// The last call, after the last onVisitEnd.
    virtual void onClosed(const CloseInfo& info) = 0;
};

/// The server's end of one media WebSocket: drains the connection at each visit, answers control frames,
/// notices a peer that has gone. Ingest thread only, except where stated.
class MediaSession : public Client, private ws::FrameHandler {
public:
    /// `output` must outlive the session's place in the pool.
    MediaSession(Ref<GIOStream> stream, SessionSettings settings, SessionOutput& output);

    Next onVisit(std::span<std::uint8_t> scratch, Clock::time_point now) override;
    Next onHousekeeping(Clock::time_point now) override;
    void onLeft() override;

    /// Asks for an orderly end: 1001 is sent, and what the peer had sent until it answers or hangs up is
    /// still taken, for a bounded time. Thread-safe; poke the place afterwards.
    void requestFinish() { finishRequested_.store(true, std::memory_order_release); }
    /// Only after the session has left the pool, or before it entered.
    void close() { connection_.close(); }

    int descriptor() const { return connection_.descriptor(); }
    /// Consistent on the ingest thread, and elsewhere after the session has left.
    const SessionStats& stats() const { return stats_; }

private:
    void onBinary(ws::Bytes piece, bool end) override;
    void onText(std::string_view text) override;
    void onPing(std::string_view payload) override;
    void onPong(std::string_view) override {}
    void onClose(std::uint16_t code, std::string_view reason) override;

    void drain(std::span<std::uint8_t> scratch, Clock::time_point now);
    void sendPong();
    void sayGoingAway(Clock::time_point now);
    /// Notes the end; the first one counts.
    void end(CloseInfo info);
    /// Ends the session from our side with a Close frame.
    void closeWith(std::uint16_t code, std::string reason, bool clean);
    Next settle(Clock::time_point now);
    bool isIdle(Clock::time_point now) const;

    const SessionSettings settings_;
    SessionOutput& output_;
    ws::Connection connection_;
    ws::Receiver receiver_;
    SessionStats stats_;
    std::atomic<bool> finishRequested_{false};
    std::optional<std::string> pong_; // of the newest ping: answering older ones is optional (RFC 6455 5.5.3)
    std::optional<CloseInfo> ended_;
    bool reported_ = false;
    bool inputOpen_ = true;
    bool more_ = false; // the visit's budget ended before the input did
    Clock::time_point lastReceived_ = Clock::now();
    Clock::time_point lastPing_ = lastReceived_;
    Clock::time_point lingerUntil_{};
    std::optional<Clock::time_point> goingAwayUntil_; // we said Close and wait for the peer's
};

} // namespace lm::ingest
