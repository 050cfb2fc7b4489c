#include "service/domain/query.hpp"
#include "service/domain/egressquery.hpp"
#include "service/domain/utf8.hpp"
#include "tests/fuzz/promise.hpp"
#include "tests/fuzz/querytext.hpp"

// What was read, written again, reads as the same; and no request leaves its bounds.
// Input: the query of an egress socket.

using namespace lm;
using fuzz::promise;

namespace {

void checkBounds(const domain::EgressRequest& request) {
    promise(!request.room.empty(), "a request has a room");
    promise(request.sampleRate >= domain::minSampleRate && request.sampleRate <= domain::maxSampleRate,
            "rate");
    promise(request.channels >= 1 && request.channels <= domain::maxChannels, "channels");
    promise(!request.groupSeconds || (*request.groupSeconds >= domain::minGroupSeconds &&
                                      *request.groupSeconds <= domain::maxGroupSeconds),
            "group");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view query = fuzz::asText(data, size);
    for (const auto& [name, value] : domain::splitQuery(query))
        promise(name.size() + value.size() <= size, "a pair is part of the query");

    const auto parameters = domain::readEgressParameters(query);
    const auto request = domain::parseEgressQuery(query);
    if (!parameters) {
        promise(!request, "what cannot be read asks for nothing");
        promise(!parameters.error().message.empty() && !parameters.error().where.empty(),
                "says what is wrong");
        return 0;
    }
    for (const auto& [name, value] : *parameters) {
        promise(!value.empty() && value.size() <= domain::maxIdentifierBytes,
                "no value is empty or too long");
        promise(domain::isUtf8(value) && value.find('\0') == std::string::npos, "every value is text");
    }
    const auto again = domain::readEgressParameters(fuzz::queryText(*parameters));
    promise(again && *again == *parameters, "written and read again");
    if (request) checkBounds(*request);
    return 0;
}
