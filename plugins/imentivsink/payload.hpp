#pragma once

#include "plugins/common/wav/header.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// One block as an HTTP request: request line, headers and the WAV header in front of the samples. Pure.
/// Samples are S16LE, interleaved, and are never touched here.
namespace lm::imentivsink {

struct Identity {
    std::string meeting;
    std::string participant;
    std::string track;
};

struct Format {
    std::uint32_t rate = 48000;
    std::uint32_t channels = 1;
};

enum class Payload { Pcm, Wav };

/// What is known of a block besides its samples. Positions and counts are frames.
struct BlockInfo {
    std::uint64_t sequence = 0; // from 0, counted by the sink; blocks that are not sent leave a hole
    std::uint64_t sample = 0;   // first frame, from the start of the track
    std::uint64_t samples = 0;
    std::int64_t utcNs = 0; // time of the first frame, nanoseconds since the Unix epoch
    Format format;
    bool final = false;        // nothing follows on this track
    std::uint64_t skipped = 0; // blocks right before it that were silence, and not sent
};

using Headers = std::vector<std::pair<std::string, std::string>>;
using WavHeader = wav::PlainHeader;

/// meetingId, participant, track, sr and ch, as a query.
std::string requestQuery(const Identity& identity, const Format& format);
/// `endpoint` with `query` appended to the one it may already have. A fragment is not sent.
std::string withQuery(std::string_view endpoint, std::string_view query);
/// `endpoint` with meetingId, participant, track, sr and ch appended to the query it may already have. A
/// fragment is not sent.
std::string requestUrl(std::string_view endpoint, const Identity& identity, const Format& format);

/// `audio/L16; rate=..; channels=..` or `audio/wav`. The samples stay little-endian whatever RFC 2586 says of
/// L16: X-Audio-Format states it.
std::string contentType(Payload payload, const Format& format);

/// `<session>-<sequence>`, the same for every attempt at a block.
std::string idempotencyKey(std::string_view session, std::uint64_t sequence);

/// Every header but Content-Type, Content-Length and Authorization.
Headers requestHeaders(const Identity& identity, const BlockInfo& block, std::string_view key);

/// RIFF header of one block of `dataBytes` bytes; sizes that do not fit are saturated.
WavHeader wavHeader(const Format& format, std::uint64_t dataBytes);

} // namespace lm::imentivsink
