#include "plugins/imentivsink/spoolrecord.hpp"
#include "tests/fuzz/promise.hpp"

#include <algorithm>

// A header of a spooled block that is read is bounded, sends nothing that decides on framing or credentials,
// and written again it reads as the same; so does a file name.
// Input: the start of a file, and again as a file name.

using namespace lm::imentivsink;
using lm::fuzz::promise;

namespace {

void header(std::string_view start) {
    const auto parsed = parseHeader(start);
    if (!parsed) {
        promise(!parsed.error().message.empty() && parsed.error().message.size() < 80,
                "says briefly what is wrong");
        return;
    }
    const Record& record = parsed->record;
    promise(parsed->size <= std::min(start.size(), kMaxRecordHeader), "the payload starts behind the header");
    promise(record.bytes <= kMaxRecordPayload, "the payload is bounded");
    for (const auto& [name, value] : record.headers) {
        promise(name.starts_with("X-") || name == "Idempotency-Key", "only headers of our own are sent");
        promise(value.find_first_of("\r\n") == std::string::npos, "a header is one line");
    }
    const std::string written = encodeHeader(record);
    if (written.size() > kMaxRecordHeader) return; // not written to a file
    const auto again = parseHeader(written);
    promise(again && again->size == written.size(), "what was read can be written");
    promise(encodeHeader(again->record) == written, "and reads as the same");
}

void fileName(std::string_view text) {
    const auto name = FileName::parse(text);
    if (!name) return;
    promise(name->text().find('/') == std::string::npos, "a name stays in its directory");
    const auto again = FileName::parse(name->text());
    promise(again && again->text() == name->text(), "a name reads as the same");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    header(lm::fuzz::asText(data, size));
    fileName(lm::fuzz::asText(data, size));
    return 0;
}
