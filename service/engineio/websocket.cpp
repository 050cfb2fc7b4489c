#include "service/engineio/websocket.hpp"

#include <array>
#include <utility>

namespace lm::engineio {
namespace {

constexpr std::size_t readSize = 16 * 1024;
constexpr int readsPerTurn = 8; // of one client, so that no other waits for it
constexpr std::size_t piecesPerWrite = 64;
constexpr std::size_t writeAhead = 256 * 1024; // is not left until the end of the turn

} // namespace

WebSocket::WebSocket(Ref<GIOStream> stream, std::size_t maxMessage, std::size_t maxControlQueue,
                     Reactor& reactor, Owner& owner)
    : connection_(std::move(stream)), receiver_(maxMessage), reactor_(reactor), owner_(owner),
      maxControlQueue_(maxControlQueue) {
    if (!reactor_.add(connection_.descriptor(), *this)) state_ = State::Closing;
}

WebSocket::~WebSocket() {
    if (state_ != State::Done) reactor_.remove(connection_.descriptor(), *this);
    owner_.mayHold(held_, 0);
}

void WebSocket::start() {
    if (state_ == State::Closing) return lost(Reason::TransportError);
    read();
}

void WebSocket::ready(bool readable, bool writable) {
    if (writable) flush();
    if (readable) read();
}

void WebSocket::read() {
    unread_ = false;
    static thread_local std::array<std::uint8_t, readSize> buffer;
    for (int i = 0; i < readsPerTurn; ++i) {
        if (state_ == State::Done) return;
        const auto got = connection_.read(buffer);
        if (got.status == ws::Connection::ReadStatus::Empty) return;
        if (got.status != ws::Connection::ReadStatus::Data)
            return lost(got.status == ws::Connection::ReadStatus::End ? Reason::TransportClose
                                                                      : Reason::TransportError);
        const auto violation = receiver_.feed(std::span(buffer).first(got.bytes), *this);
        if (violation && state_ == State::Open) {
            close(violation->code);
            return owner_.onGone(*this, Reason::TransportError);
        }
        account();
        if (got.drained) return;
    }
    if (state_ == State::Done || std::exchange(unread_, true)) return;
    owner_.onUnread(*this);
}

void WebSocket::account() {
    if (state_ != State::Open) return;
    const std::size_t now = receiver_.held() + binary_.size();
    if (now == held_) return;
    if (owner_.mayHold(std::exchange(held_, now), now)) return;
    close(ws::closecode::TryAgainLater);
    owner_.onGone(*this, Reason::TransportError);
}

void WebSocket::onText(std::string_view text) {
    if (state_ == State::Open) owner_.onText(*this, text);
}

void WebSocket::onBinary(ws::Bytes piece, bool end) {
    if (state_ != State::Open) return;
    binary_.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    if (end) owner_.onBinary(*this, std::exchange(binary_, {}));
}

void WebSocket::onPing(std::string_view payload) {
    if (state_ == State::Open && queuedBytes_ <= maxControlQueue_)
        queue(Outgoing::frame(ws::encodeFrame(ws::Opcode::Pong, payload)));
}

void WebSocket::onClose(std::uint16_t code, std::string_view) {
    if (state_ == State::Done) return;
    peerClosed_ = true;
    if (state_ == State::Closing) {
        if (lastWritten_) finish();
        return;
    }
    close(code);
    owner_.onGone(*this, Reason::TransportClose);
}

void WebSocket::send(SharedOutgoing packet) {
    if (state_ == State::Open) queue(std::move(packet));
}

void WebSocket::queue(SharedOutgoing packet) {
    queuedBytes_ += packet->size();
    queue_.push_back(std::move(packet));
    if (writable_) return; // the kernel takes nothing now
    if (queuedBytes_ > writeAhead) {
        writeSome();
    } else if (!std::exchange(unwritten_, true)) {
        owner_.onUnwritten(*this);
    }
}

void WebSocket::close(std::uint16_t code) {
    if (state_ != State::Open) return;
    queue(Outgoing::frame(ws::encodeClose(code)));
    state_ = State::Closing;
    owner_.onClosing(*this);
}

void WebSocket::flush() {
    unwritten_ = false;
    if (state_ == State::Done) return;
    if (!writeSome()) return lost(Reason::TransportError);
    if (state_ == State::Closing && queue_.empty() && !std::exchange(lastWritten_, true)) {
        if (peerClosed_) return finish();
        connection_.shutdownOutput();
    }
}

/// False when the connection is broken.
bool WebSocket::writeSome() {
    while (!queue_.empty()) {
        std::array<std::string_view, piecesPerWrite> pieces;
        std::size_t count = 0, wanted = 0;
        for (auto packet = queue_.begin(); packet != queue_.end() && count < pieces.size();
             ++packet, ++count) {
            pieces[count] = (*packet)->frame();
            if (count == 0) pieces[count].remove_prefix(frontWritten_);
            wanted += pieces[count].size();
        }
        const auto written = connection_.write(std::span(pieces).first(count));
        if (!written) return false;
        queuedBytes_ -= *written;
        frontWritten_ += *written;
        while (!queue_.empty() && frontWritten_ >= queue_.front()->size()) {
            frontWritten_ -= queue_.front()->size();
            queue_.pop_front();
        }
        if (*written < wanted) {
            wantWritable(true);
            return true;
        }
    }
    wantWritable(false);
    return true;
}

void WebSocket::wantWritable(bool wanted) {
    if (std::exchange(writable_, wanted) != wanted)
        reactor_.wantWritable(connection_.descriptor(), *this, wanted);
}

void WebSocket::lost(Reason reason) {
    if (state_ == State::Done) return;
    finish();
    owner_.onGone(*this, reason);
}

void WebSocket::finish() {
    if (state_ == State::Done) return;
    state_ = State::Done;
    reactor_.remove(connection_.descriptor(), *this);
    connection_.close();
    queue_.clear();
    queuedBytes_ = 0;
    owner_.onDone(*this);
}

} // namespace lm::engineio
