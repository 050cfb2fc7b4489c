#include "service/socketio/msgpack.hpp"
#include "service/socketio/jsontext.hpp"
#include "tests/fuzz/promise.hpp"

// What was read of MessagePack is JSON, no larger than its bytes allow, and written again it reads as the
// same. Input: a message of `@socket.io/postgres-adapter`, as it lies in a row.

using namespace lm;
using fuzz::promise;

namespace {

socketio::Unpacked readOnce(const socketio::Unpacked& value) {
    const auto written = socketio::toMsgpack(value.json, value.attachments);
    promise(written.has_value(), "what is read can be written");
    auto again = socketio::fromMsgpack(*written);
    promise(again.has_value(), "what is written can be read");
    return *again;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = fuzz::asText(data, size);
    const auto read = socketio::fromMsgpack(bytes);
    if (socketio::isJson(bytes)) promise(socketio::toMsgpack(bytes, {}).has_value(), "JSON can be written");
    if (!read) return 0;
    promise(socketio::isJson(read->json), "what is read is JSON");
    promise(read->attachments.size() <= size, "every attachment was there");
    // Numbers become what a double holds, once; an object that is a placeholder by itself becomes bytes.
    if (bytes.find("_placeholder") != std::string_view::npos) return 0;
    const auto again = readOnce(*read);
    const auto third = readOnce(again);
    promise(third.json == again.json, "written and read again");
    promise(third.attachments.size() == read->attachments.size(), "with the same attachments");
    return 0;
}
