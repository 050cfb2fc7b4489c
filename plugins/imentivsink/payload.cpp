#include "plugins/imentivsink/payload.hpp"

#include "plugins/imentivsink/encoding.hpp"

namespace lm::imentivsink {
std::string requestQuery(const Identity& identity, const Format& format) {
    std::string query = "meetingId=" + percentEncoded(identity.meeting);
    query += "&participant=" + percentEncoded(identity.participant);
    query += "&track=" + percentEncoded(identity.track);
    query += "&sr=" + std::to_string(format.rate);
    query += "&ch=" + std::to_string(format.channels);
    return query;
}

std::string withQuery(std::string_view endpoint, std::string_view query) {
    std::string url(endpoint.substr(0, endpoint.find('#')));
    const auto question = url.find('?');
    if (question == std::string::npos)
        url += '?';
    else if (question + 1 < url.size() && url.back() != '&')
        url += '&';
    return url.append(query);
}

std::string requestUrl(std::string_view endpoint, const Identity& identity, const Format& format) {
    return withQuery(endpoint, requestQuery(identity, format));
}

std::string contentType(Payload payload, const Format& format) {
    if (payload == Payload::Wav) return "audio/wav";
    return "audio/L16; rate=" + std::to_string(format.rate) + "; channels=" + std::to_string(format.channels);
}

std::string idempotencyKey(std::string_view session, std::uint64_t sequence) {
    return std::string(session) + '-' + std::to_string(sequence);
}

Headers requestHeaders(const Identity& identity, const BlockInfo& block, std::string_view key) {
    return {
        {"X-Meeting-Id", headerValue(identity.meeting)},
        {"X-Participant-Id", headerValue(identity.participant)},
        {"X-Track-Id", headerValue(identity.track)},
        {"Idempotency-Key", std::string(key)},
        {"X-Block-Sequence", std::to_string(block.sequence)},
        {"X-Block-Start", rfc3339(block.utcNs)},
        {"X-Block-Start-Sample", std::to_string(block.sample)},
        {"X-Block-Samples", std::to_string(block.samples)},
        {"X-Block-Final", block.final ? "true" : "false"},
        {"X-Block-Skipped", std::to_string(block.skipped)},
        {"X-Audio-Format", "S16LE"},
    };
}

WavHeader wavHeader(const Format& format, std::uint64_t dataBytes) {
    return wav::plainHeader({format.rate, format.channels}, dataBytes);
}

} // namespace lm::imentivsink
