#pragma once

#include "plugins/common/result.hpp"
#include "plugins/imentivsink/payload.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// One spooled block as a file: its name and its header. Pure; files are hostile input.
///
/// A file is a header in text, an empty line and the payload exactly as it was, or would have been, sent.
/// Header:
///
///     live-meeting-block 1
///     endpoint: http://host/in?tenant=***
///     ...
///
/// one `name: value` a line, values percent-encoded as in `headerValue`, so that no value spans a line.
namespace lm::imentivsink {

inline constexpr std::size_t kMaxRecordHeader = 256U << 10;      // bytes: of the longest names, too
inline constexpr std::uint64_t kMaxRecordPayload = 256ULL << 20; // bytes

/// What is needed to send the block again: the same request, but for what is secret.
struct Record {
    std::string endpoint; // as `redactedUrl` shows it: without user information and query values
    std::string query;    // what the request appends to the endpoint's query
    std::string contentType;
    Headers headers; // every other header but Authorization
    Identity identity;
    BlockInfo block;
    std::string session;        // uuid: with the sequence it is the Idempotency-Key
    std::uint64_t bytes = 0;    // of the payload
    std::string sha256;         // of the payload, 64 hexadecimal digits
    std::int64_t createdNs = 0; // UTC, when the block was spooled first
    unsigned attempts = 0;      // made before that
    std::string reason;         // why it was not delivered then
};

/// The file's header, the empty line included. What is too long to be read back is cut (`reason`).
std::string encodeHeader(const Record& record);

struct ParsedHeader {
    Record record;
    std::size_t size = 0; // where the payload starts
};

/// Reads the header at the start of a file (`start`: the file's first kMaxRecordHeader bytes, or all of it).
/// An error says what is wrong with it, without repeating it.
Result<ParsedHeader> parseHeader(std::string_view start);

/// Which endpoint a block is for, as a number for the file's name: endpoints of one process are told apart
/// without opening files. Of the redacted URL, so a rotated key or token finds its blocks again.
std::uint64_t routeOf(std::string_view redactedEndpoint);

/// A file's name. Names sort by the start of their track, then in order of delivery.
struct FileName {
    std::uint64_t startedUs = 0; // start of the sink's session, microseconds since the Unix epoch
    std::string session;         // uuid
    std::uint64_t route = 0;
    std::uint64_t sequence = 0;

    std::string text() const;
    static std::optional<FileName> parse(std::string_view name);
};

} // namespace lm::imentivsink
