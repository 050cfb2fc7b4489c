#include "plugins/imentivsink/payload.hpp"

#include "plugins/imentivsink/encoding.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace lm::imentivsink {
namespace {

constexpr std::uint32_t kBytesPerSample = 2;

class LittleEndianWriter {
public:
    explicit LittleEndianWriter(std::byte* out) : out_(out) {}
    void tag(const char (&text)[5]) {
        std::memcpy(out_, text, 4);
        out_ += 4;
    }
    void number(std::uint32_t value, int bytes) {
        for (int i = 0; i < bytes; ++i) {
            *out_++ = static_cast<std::byte>(value & 0xff);
            value >>= 8;
        }
    }

private:
    std::byte* out_;
};

std::uint32_t saturated(std::uint64_t value) {
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

} // namespace

std::string requestUrl(std::string_view endpoint, const Identity& identity, const Format& format) {
    std::string url(endpoint.substr(0, endpoint.find('#')));
    const auto question = url.find('?');
    if (question == std::string::npos)
        url += '?';
    else if (question + 1 < url.size() && url.back() != '&')
        url += '&';
    url += "meetingId=" + percentEncoded(identity.meeting);
    url += "&participant=" + percentEncoded(identity.participant);
    url += "&track=" + percentEncoded(identity.track);
    url += "&sr=" + std::to_string(format.rate);
    url += "&ch=" + std::to_string(format.channels);
    return url;
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
        {"X-Audio-Format", "S16LE"},
    };
}

WavHeader wavHeader(const Format& format, std::uint64_t dataBytes) {
    WavHeader header{};
    const std::uint32_t frame = format.channels * kBytesPerSample;
    LittleEndianWriter out(header.data());
    out.tag("RIFF");
    out.number(saturated(dataBytes + header.size() - 8), 4);
    out.tag("WAVE");
    out.tag("fmt ");
    out.number(16, 4);
    out.number(1, 2); // PCM
    out.number(format.channels, 2);
    out.number(format.rate, 4);
    out.number(saturated(std::uint64_t{format.rate} * frame), 4);
    out.number(frame, 2);
    out.number(8 * kBytesPerSample, 2);
    out.tag("data");
    out.number(saturated(dataBytes), 4);
    return header;
}

} // namespace lm::imentivsink
