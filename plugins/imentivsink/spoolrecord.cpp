#include "plugins/imentivsink/spoolrecord.hpp"

#include "plugins/imentivsink/encoding.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <map>

namespace lm::imentivsink {
namespace {

constexpr std::string_view kMagic = "live-meeting-block 1";
constexpr std::size_t kMaxReason = 500;
constexpr std::size_t kUuid = 36;
constexpr std::string_view kEnd = ".block";

bool isHex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool isUuid(std::string_view text) {
    if (text.size() != kUuid) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !isHex(text[i])) return false;
    }
    return true;
}

/// The whole text as a number; nothing when it is not one.
template <typename Number> std::optional<Number> numberOf(std::string_view text, int base = 10) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

std::optional<std::string> decoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const auto byte = numberOf<unsigned>(text.substr(i + 1, 2), 16);
        if (!byte || i + 2 >= text.size()) return std::nullopt;
        out += static_cast<char>(*byte);
        i += 2;
    }
    return out;
}

bool isToken(std::string_view name) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               others.find(c) != std::string_view::npos;
    });
}

bool isValue(std::string_view value) {
    return std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

/// Only what `requestHeaders` makes: a file must not decide on framing, target or credentials.
bool mayBeSent(std::string_view name) {
    return name.starts_with("X-") || name == "Idempotency-Key";
}

class Writer {
public:
    Writer& line(std::string_view name, std::string_view value) {
        text_.append(name).append(": ").append(headerValue(value)).append("\n");
        return *this;
    }
    template <typename Number> Writer& number(std::string_view name, Number value) {
        return line(name, std::to_string(value));
    }
    std::string text_ = std::string(kMagic) + '\n';
};

using Fields = std::map<std::string, std::string, std::less<>>;

/// Takes fields out of the header; remembers the first that is missing or wrong.
class Reader {
public:
    explicit Reader(const Fields& fields) : fields_(fields) {}

    std::string text(std::string_view name) {
        const auto it = fields_.find(name);
        if (it == fields_.end()) return fail(name), std::string();
        return it->second;
    }
    template <typename Number> void number(std::string_view name, Number& target) {
        if (const auto value = numberOf<Number>(text(name)))
            target = *value;
        else
            fail(name);
    }
    void check(bool valid, std::string_view name) {
        if (!valid) fail(name);
    }
    const std::string& wrong() const { return wrong_; }

private:
    void fail(std::string_view name) {
        if (wrong_.empty()) wrong_ = name;
    }
    const Fields& fields_;
    std::string wrong_;
};

/// `header: Name: value`, as the other lines percent-encoded.
bool addHeader(Record& record, const std::string& line) {
    const auto colon = line.find(": ");
    if (colon == std::string::npos) return false;
    const std::string name = line.substr(0, colon), value = line.substr(colon + 2);
    if (!isToken(name) || !mayBeSent(name) || !isValue(value)) return false;
    record.headers.emplace_back(name, value);
    return true;
}

Result<ParsedHeader> readFields(const Fields& fields, ParsedHeader parsed) {
    Record& r = parsed.record;
    Reader in(fields);
    r.endpoint = in.text("endpoint");
    r.query = in.text("query");
    r.contentType = in.text("content-type");
    r.session = in.text("session");
    r.sha256 = in.text("sha256");
    r.identity = {in.text("meeting"), in.text("participant"), in.text("track")};
    r.reason = in.text("reason");
    in.number("bytes", r.bytes);
    in.number("created-ns", r.createdNs);
    in.number("attempts", r.attempts);
    in.number("sequence", r.block.sequence);
    in.number("sample", r.block.sample);
    in.number("samples", r.block.samples);
    in.number("utc-ns", r.block.utcNs);
    in.number("rate", r.block.format.rate);
    in.number("channels", r.block.format.channels);
    r.block.final = in.text("final") == "true";
    in.check(isUuid(r.session), "session");
    in.check(r.bytes <= kMaxRecordPayload, "bytes");
    in.check(r.sha256.size() == 64 && std::all_of(r.sha256.begin(), r.sha256.end(), isHex), "sha256");
    in.check(isValue(r.contentType), "content-type");
    in.check(isHeaderSafe(r.query), "query");
    if (!in.wrong().empty()) return Error{"the field '" + in.wrong() + "' is missing or wrong"};
    return parsed;
}

} // namespace

std::string encodeHeader(const Record& r) {
    Writer out;
    out.line("endpoint", r.endpoint).line("query", r.query).line("content-type", r.contentType);
    for (const auto& [name, value] : r.headers)
        out.line("header", name + ": " + value);
    out.line("meeting", r.identity.meeting).line("participant", r.identity.participant);
    out.line("track", r.identity.track).line("session", r.session);
    out.number("sequence", r.block.sequence).number("sample", r.block.sample);
    out.number("samples", r.block.samples).number("utc-ns", r.block.utcNs);
    out.number("rate", r.block.format.rate).number("channels", r.block.format.channels);
    out.line("final", r.block.final ? "true" : "false");
    out.number("created-ns", r.createdNs).number("attempts", r.attempts);
    out.line("reason", r.reason.substr(0, kMaxReason));
    out.number("bytes", r.bytes).line("sha256", r.sha256);
    return out.text_ + '\n';
}

Result<ParsedHeader> parseHeader(std::string_view start) {
    ParsedHeader parsed;
    Fields fields;
    start = start.substr(0, kMaxRecordHeader);
    for (bool first = true;; first = false) {
        const auto end = start.find('\n', parsed.size);
        if (end == std::string_view::npos) return Error{"the header is cut or too long"};
        const auto line = start.substr(parsed.size, end - parsed.size);
        parsed.size = end + 1;
        if (first) {
            if (line != kMagic) return Error{"this is not a block of a version that is known"};
            continue;
        }
        if (line.empty()) return readFields(fields, std::move(parsed));
        const auto colon = line.find(": ");
        auto value = colon == std::string_view::npos ? std::nullopt : decoded(line.substr(colon + 2));
        if (!value) return Error{"a line of the header is wrong"};
        const std::string name(line.substr(0, colon));
        const bool taken = name == "header" ? addHeader(parsed.record, *value)
                                            : fields.emplace(name, std::move(*value)).second;
        if (!taken) return Error{"a line of the header is wrong"};
    }
}

std::uint64_t routeOf(std::string_view redactedEndpoint) {
    std::uint64_t hash = 0xcbf29ce484222325; // FNV-1a
    for (const char c : redactedEndpoint) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3;
    }
    return hash;
}

std::string FileName::text() const {
    std::array<char, 128> out;
    std::snprintf(out.data(), out.size(), "%016llu-%s-%016llx-%012llu.block",
                  static_cast<unsigned long long>(startedUs), session.c_str(),
                  static_cast<unsigned long long>(route), static_cast<unsigned long long>(sequence));
    return out.data();
}

std::optional<FileName> FileName::parse(std::string_view name) {
    constexpr std::size_t size = 16 + 1 + kUuid + 1 + 16 + 1 + 12;
    if (name.size() != size + kEnd.size() || !name.ends_with(kEnd)) return std::nullopt;
    if (name[16] != '-' || name[53] != '-' || name[70] != '-' || !isUuid(name.substr(17, kUuid)))
        return std::nullopt;
    const auto started = numberOf<std::uint64_t>(name.substr(0, 16));
    const auto route = numberOf<std::uint64_t>(name.substr(54, 16), 16);
    const auto sequence = numberOf<std::uint64_t>(name.substr(71, 12));
    if (!started || !route || !sequence) return std::nullopt;
    return FileName{*started, std::string(name.substr(17, kUuid)), *route, *sequence};
}

} // namespace lm::imentivsink
