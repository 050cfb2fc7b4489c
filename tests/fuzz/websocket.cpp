#include "plugins/common/websocket/receiver.hpp"
#include "tests/fuzz/promise.hpp"
#include "tests/plugins/common/recorder.hpp"

#include <algorithm>

// A byte stream means the same wherever the network cuts it.
// Input: 4 bytes that decide where to cut, 2 bytes of message limit, the stream.

using namespace lm;
using fuzz::promise;

namespace {

/// Everything a peer can bring about, with the bounds that the parser owes its user.
class Bounded : public test::Recorder {
public:
    explicit Bounded(std::uint64_t limit) : limit_(limit) {}

    void onBinary(ws::Bytes piece, bool end) override {
        message_ += piece.size();
        promise(message_ <= limit_, "a binary message is no longer than the limit");
        if (end) message_ = 0;
        Recorder::onBinary(piece, end);
    }
    void onText(std::string_view text) override {
        promise(text.size() <= limit_, "a text is no longer than the limit");
        ws::Utf8Checker checker;
        promise(checker.feed(text) && checker.complete(), "a text is UTF-8");
        Recorder::onText(text);
    }
    void onPing(std::string_view payload) override {
        promise(payload.size() <= ws::maxControlPayload, "a ping is short");
        Recorder::onPing(payload);
    }
    void onClose(std::uint16_t code, std::string_view reason) override {
        promise(code == ws::closecode::NoStatus || ws::isWireCloseCode(code), "a close code is a valid one");
        Recorder::onClose(code, reason);
    }

private:
    std::uint64_t limit_;
    std::uint64_t message_ = 0;
};

/// Feeds the stream in pieces that `next` gives the sizes of; answers everything that came out of it.
template <typename Next>
std::vector<std::string> receive(std::string stream, std::uint64_t limit, Next next) {
    ws::Receiver receiver(limit);
    Bounded events(limit);
    std::span<std::uint8_t> rest(reinterpret_cast<std::uint8_t*>(stream.data()), stream.size());
    std::string violation;
    while (!rest.empty() && !receiver.finished()) {
        const std::size_t size = std::clamp<std::size_t>(next(), 1, rest.size());
        if (const auto found = receiver.feed(rest.first(size), events)) {
            promise(receiver.finished(), "nothing is read after a violation");
            promise(ws::isWireCloseCode(found->code), "a violation has a code that may be sent");
            violation = std::to_string(found->code) + ' ' + found->reason;
        }
        rest = rest.subspan(size);
    }
    events.events.push_back("unfinished " + events.binary);
    events.events.push_back("violation " + violation);
    return events.events;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Front front(data, size);
    std::uint64_t cuts = front.take(4);
    const std::uint64_t limit = front.take(2);
    const std::string stream(fuzz::asText(front.rest(), front.left()));

    const auto whole = receive(stream, limit, [&] { return stream.size(); });
    promise(whole == receive(stream, limit, [] { return std::size_t{1}; }), "cut after every byte");
    promise(whole == receive(stream, limit,
                             [&] {
                                 cuts = cuts * 1103515245 + 12345;
                                 return static_cast<std::size_t>(cuts >> 16 & 15);
                             }),
            "cut anywhere");
    return 0;
}
