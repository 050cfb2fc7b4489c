#include "service/socketio/jsontext.hpp"
#include "tests/fuzz/promise.hpp"

// What is called JSON here is JSON to others, too, and its parts are JSON again.
// Input: a text.

using namespace lm;
using fuzz::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::asText(data, size);
    const bool json = socketio::isJson(text);
    if (const auto elements = socketio::splitArray(text)) {
        promise(json, "an array is JSON");
        std::string joined = "[";
        for (const std::string_view element : *elements) {
            promise(socketio::isJson(element), "an element is JSON");
            joined += element;
            joined += ',';
        }
        if (!elements->empty()) joined.pop_back();
        const auto again = socketio::splitArray(joined += ']');
        promise(again && *again == *elements, "split, joined and split again");
    }
    if (const auto value = socketio::memberOf(text, "token"))
        promise(socketio::isJson(*value), "a member is JSON");
    if (const auto read = socketio::unquote(text)) {
        promise(json, "a string is JSON");
        promise(socketio::unquote(socketio::quote(*read)) == read, "quoted and read again");
    }
    if (json) socketio::checkPlaceholders(text, 1);
    promise(socketio::isJson(socketio::quote(text)), "what is quoted is JSON");
    return 0;
}
