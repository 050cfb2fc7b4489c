#include "service/domain/egressquery.hpp"

#include "service/domain/query.hpp"
#include "service/domain/utf8.hpp"

#include <charconv>
#include <set>

namespace lm::domain {
namespace {

std::string_view fullName(std::string_view name) {
    if (name == "room") return "roomName";
    if (name == "track") return "trackId";
    return name;
}

/// The name as a constant; nullptr for a parameter that is not ours.
const char* known(std::string_view name) {
    for (const char* each : {"roomName", "participant", "trackId", "sampleRate", "channels", "meetingId",
                             "groupSeconds", codecParameter, tokenParameter})
        if (name == each) return each;
    return nullptr;
}

Error wrong(std::string_view parameter, const std::string& rule) {
    return {std::string(parameter) + ' ' + rule, std::string(parameter)};
}

Result<std::string> decodeValue(std::string_view name, std::string_view encoded) {
    auto value = decodeFormText(encoded);
    if (!value) return wrong(name, "has a percent escape that is not two hexadecimal digits");
    if (value->size() > maxIdentifierBytes)
        return wrong(name, "must not be longer than " + std::to_string(maxIdentifierBytes) + " bytes");
    if (!isUtf8(*value)) return wrong(name, "must be UTF-8");
    if (value->find('\0') != std::string::npos) return wrong(name, "must not contain a NUL character");
    return std::move(*value);
}

std::string take(EgressParameters& values, const char* name) {
    const auto found = values.find(name);
    return found == values.end() ? std::string() : std::move(found->second);
}

/// Reads a number in [least, most] into `target`; an empty text leaves it as it is.
template <typename Number, typename Target>
std::optional<Error> readNumber(EgressParameters& values, const char* name, Number least, Number most,
                                const char* rule, Target& target) {
    const std::string text = take(values, name);
    if (text.empty()) return std::nullopt;
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    if (!whole || !(number >= least && number <= most)) return wrong(name, rule);
    target = number;
    return std::nullopt;
}

/// Whose track it is.
Result<EgressRequest> identify(EgressParameters& values) {
    EgressRequest request;
    request.room = take(values, "roomName");
    if (request.room.empty())
        return wrong("roomName", "is required: the name of the room the track belongs to");
    request.participant = take(values, "participant");
    request.trackId = take(values, "trackId");
    request.meetingId = take(values, "meetingId");
    return request;
}

} // namespace

Result<EgressParameters> readEgressParameters(std::string_view query) {
    EgressParameters values;
    std::set<std::string_view> seen;
    for (const auto& [encodedName, encodedValue] : splitQuery(query)) {
        const auto decodedName = decodeFormText(encodedName);
        const std::string_view name = decodedName ? fullName(*decodedName) : std::string_view();
        const char* parameter = known(name);
        if (!parameter) continue;
        auto value = decodeValue(parameter, encodedValue);
        if (!value) return value.error();
        if (!seen.insert(parameter).second) return wrong(parameter, "must be given only once");
        if (!value->empty()) values.emplace(parameter, std::move(*value));
    }
    return values;
}

Result<EgressRequest> parseEgressQuery(std::string_view query) {
    auto parameters = readEgressParameters(query);
    if (!parameters) return parameters.error();
    return parseEgressParameters(std::move(*parameters));
}

const char* mediaName(Media media) {
    switch (media) {
    case Media::Audio:
        return "audio";
    case Media::H264:
        return "h264";
    case Media::Vp8:
        return "vp8";
    case Media::Vp9:
        break;
    }
    return "vp9";
}

Result<EgressRequest> parseVideoParameters(EgressParameters values) {
    auto request = identify(values);
    if (!request) return request;
    request->sampleRate = videoSampleRate;
    request->channels = 0;
    const std::string codec = take(values, codecParameter);
    if (codec.empty()) return wrong(codecParameter, "is required: h264, vp8 or vp9");
    for (const Media media : {Media::H264, Media::Vp8, Media::Vp9}) {
        if (codec != mediaName(media)) continue;
        request->media = media;
        return request;
    }
    return wrong(codecParameter, codec == "av1" || codec == "h265"
                                     ? codec + " is not recorded: send h264, vp8 or vp9"
                                     : "must be h264, vp8 or vp9");
}

Result<EgressRequest> parseEgressParameters(EgressParameters values) {
    auto identified = identify(values);
    if (!identified) return identified;
    EgressRequest& request = *identified;
    if (auto error = readNumber(values, "sampleRate", minSampleRate, maxSampleRate,
                                "must be a whole number from 8000 to 192000", request.sampleRate))
        return *error;
    if (auto error = readNumber(values, "channels", std::uint32_t{1}, maxChannels,
                                "must be a whole number from 1 to 8", request.channels))
        return *error;
    if (auto error = readNumber(values, "groupSeconds", minGroupSeconds, maxGroupSeconds,
                                "must be a number of seconds from 0.1 to 300", request.groupSeconds))
        return *error;
    return identified;
}

} // namespace lm::domain
