#include "plugins/common/ingest/mediasession.hpp"

namespace lm::ingest {
namespace {

// One visit takes this much of a connection at the most: a flood cannot keep the thread from the other
// tracks, and what is left waits in the kernel, where TCP slows the sender down.
constexpr std::size_t visitBudget = 1 << 20;
// After our Close the peer may take this long to hang up. Closing at once would let the kernel answer what is
// still arriving with a reset, which can destroy our Close frame before the peer has read it.
constexpr auto lingerTime = std::chrono::seconds(2);
constexpr char goingAway[] = "the service ends the recording";

} // namespace

MediaSession::MediaSession(Ref<GIOStream> stream, SessionSettings settings, SessionOutput& output)
    : settings_(settings), output_(output), connection_(std::move(stream)),
      receiver_(settings.maxMessageBytes) {}

Client::Next MediaSession::onVisit(std::span<std::uint8_t> scratch, Clock::time_point now) {
    drain(scratch, now);
    if (finishRequested_.load(std::memory_order_acquire)) sayGoingAway(now);
    return settle(now);
}

void MediaSession::sayGoingAway(Clock::time_point now) {
    if (ended_ || goingAwayUntil_) return;
    sendPong();
    connection_.send(ws::encodeClose(ws::closecode::GoingAway, goingAway));
    goingAwayUntil_ = now + lingerTime;
}

void MediaSession::drain(std::span<std::uint8_t> scratch, Clock::time_point now) {
    more_ = false;
    for (std::size_t taken = 0; taken < visitBudget && inputOpen_;) {
        const auto read = connection_.read(scratch);
        if (read.status == ws::Connection::ReadStatus::Empty) return;
        if (read.status != ws::Connection::ReadStatus::Data) {
            inputOpen_ = false;
            if (goingAwayUntil_) return end({ws::closecode::GoingAway, true, goingAway});
            const bool broken = read.status == ws::Connection::ReadStatus::Broken;
            return end({ws::closecode::Abnormal, false,
                        broken ? connection_.reason() : "the connection ended without a Close frame"});
        }
        lastReceived_ = now;
        taken += read.bytes;
        if (!ended_) // after the end only the peer's hanging up matters
            if (auto violation = receiver_.feed(scratch.first(read.bytes), *this))
                closeWith(violation->code, std::move(violation->reason), false);
        if (read.drained) return;
    }
    more_ = inputOpen_ && connection_.mayHoldBytes();
}

Client::Next MediaSession::settle(Clock::time_point now) {
    if (pong_ && !ended_ && !connection_.send(ws::encodeFrame(ws::Opcode::Pong, *pong_)))
        ++stats_.unsentPongs;
    pong_.reset();
    if (!reported_) {
        if (auto refusal = output_.onVisitEnd(now))
            closeWith(refusal->code, std::move(refusal->reason), false);
        if (ended_) {
            reported_ = true;
            lingerUntil_ = now + lingerTime;
            output_.onClosed(*ended_);
        }
    }
    if (!ended_) return more_ ? Next::Again : Next::Keep;
    return inputOpen_ && now < lingerUntil_ ? Next::Keep : Next::Leave;
}

Client::Next MediaSession::onHousekeeping(Clock::time_point now) {
    connection_.flush();
    if (goingAwayUntil_ && now >= *goingAwayUntil_) {
        inputOpen_ = false; // it has had its time to hang up
        end({ws::closecode::GoingAway, true, goingAway});
    }
    if (!ended_ && isIdle(now))
        closeWith(ws::closecode::GoingAway,
                  "nothing was received for " + std::to_string(settings_.idleTimeout.count()) + " s", false);
    if (!ended_ && now - std::max(lastReceived_, lastPing_) >= settings_.pingInterval) {
        lastPing_ = now;
        connection_.send(ws::encodeFrame(ws::Opcode::Ping, {}));
    }
    return settle(now);
}

void MediaSession::onLeft() {
    connection_.close();
    // Only a visit that failed leaves without having told its end.
    if (!std::exchange(reported_, true))
        output_.onClosed({ws::closecode::InternalError, false, "receiving failed; see the critical message"});
}

bool MediaSession::isIdle(Clock::time_point now) const {
    return settings_.idleTimeout.count() > 0 && now - lastReceived_ >= settings_.idleTimeout;
}

void MediaSession::end(CloseInfo info) {
    if (!ended_) ended_ = std::move(info);
}

void MediaSession::sendPong() {
    if (pong_ && !connection_.send(ws::encodeFrame(ws::Opcode::Pong, *pong_))) ++stats_.unsentPongs;
    pong_.reset();
}

void MediaSession::closeWith(std::uint16_t code, std::string reason, bool clean) {
    if (ended_) return;
    sendPong();
    connection_.send(ws::encodeClose(code, reason));
    connection_.shutdownOutput();
    end({code, clean, std::move(reason)});
}

void MediaSession::onBinary(ws::Bytes piece, bool end) {
    stats_.bytes += piece.size();
    if (end) ++stats_.messages;
    output_.onData(piece, end);
}

void MediaSession::onText(std::string_view text) {
    ++stats_.texts;
    output_.onText(text);
}

void MediaSession::onPing(std::string_view payload) {
    ++stats_.pings;
    pong_ = std::string(payload);
}

void MediaSession::onClose(std::uint16_t code, std::string_view reason) {
    if (goingAwayUntil_) {
        inputOpen_ = false;
        return end({ws::closecode::GoingAway, true, goingAway});
    }
    sendPong();
    // The server closes first (RFC 6455 7.1.1); the peer, which may not even wait for the echo, is not waited
    // for.
    connection_.send(ws::encodeClose(code));
    connection_.shutdownOutput();
    inputOpen_ = false;
    end({code, true, std::string(reason)});
}

} // namespace lm::ingest
