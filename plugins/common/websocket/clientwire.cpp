#include "plugins/common/websocket/clientwire.hpp"

#include "plugins/common/handles.hpp"

#include <glib.h>

#include <algorithm>
#include <cstring>

namespace lm::ws {

namespace {

constexpr std::uint8_t finalBit = 0x80;
constexpr std::uint8_t reservedBits = 0x70;
constexpr std::uint8_t maskedBit = 0x80;

void appendLength(std::vector<std::uint8_t>& out, std::uint64_t length) {
    const auto big = [&](int bytes) {
        for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
            out.push_back(static_cast<std::uint8_t>(length >> shift));
        }
    };
    if (length < 126) {
        out.push_back(static_cast<std::uint8_t>(maskedBit | length));
    } else if (length <= 0xffff) {
        out.push_back(maskedBit | 126);
        big(2);
    } else {
        out.push_back(maskedBit | 127);
        big(8);
    }
}

std::string base64(const std::uint8_t* data, std::size_t size) {
    const Owned<char> text(g_base64_encode(data, size));
    return text.get();
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](char c) { return g_ascii_tolower(c); });
    return result;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

/// The value of a header field, empty when there is none.
std::string field(std::string_view header, std::string_view name) {
    for (auto rest = header; !rest.empty();) {
        const auto end = std::min(rest.find("\r\n"), rest.size());
        const auto line = rest.substr(0, end);
        const auto colon = line.find(':');
        if (colon != std::string_view::npos && lower(line.substr(0, colon)) == name) {
            return std::string(trimmed(line.substr(colon + 1)));
        }
        rest.remove_prefix(std::min(end + 2, rest.size()));
    }
    return {};
}

} // namespace

void appendFrame(std::vector<std::uint8_t>& out, Opcode opcode, bool final, Bytes payload,
                 std::uint32_t mask) {
    out.push_back(static_cast<std::uint8_t>((final ? finalBit : 0) | static_cast<std::uint8_t>(opcode)));
    appendLength(out, payload.size());
    std::array<std::uint8_t, 4> key{};
    std::memcpy(key.data(), &mask, key.size());
    out.insert(out.end(), key.begin(), key.end());
    const auto start = out.size();
    out.insert(out.end(), payload.begin(), payload.end());
    auto* bytes = out.data() + start;
    for (std::size_t i = 0; i < payload.size(); ++i)
        bytes[i] ^= key[i % 4];
}

std::vector<std::uint8_t> closePayload(std::optional<std::uint16_t> code) {
    if (!code) return {};
    return {static_cast<std::uint8_t>(*code >> 8), static_cast<std::uint8_t>(*code & 0xff)};
}

std::optional<Error> ServerFrames::readHeader() {
    const auto first = header_[0];
    const auto second = header_[1];
    if ((first & reservedBits) != 0) return Error{"the server set a reserved bit"};
    if ((second & maskedBit) != 0) return Error{"the server masked a frame"};
    const std::size_t extra = second == 126 ? 2 : second == 127 ? 8 : 0;
    if (headerSize_ < 2 + extra) return std::nullopt;
    std::uint64_t length = extra == 0 ? second : 0;
    for (std::size_t i = 0; i < extra; ++i)
        length = length << 8 | header_[2 + i];
    ServerFrame frame{static_cast<Opcode>(first & 0x0f), (first & finalBit) != 0, length, {}};
    if (frame.opcode >= Opcode::Close && length > 125)
        return Error{"the server sent a control frame over 125 bytes"};
    left_ = length;
    frame_ = std::move(frame);
    return std::nullopt;
}

Result<std::optional<ServerFrame>> ServerFrames::next(Bytes& in) {
    while (!frame_) {
        if (in.empty()) return std::optional<ServerFrame>();
        header_[headerSize_++] = in.front();
        in = in.subspan(1);
        if (headerSize_ < 2) continue;
        if (auto error = readHeader()) return *error;
    }
    const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size()));
    if (frame_->opcode >= Opcode::Close) {
        frame_->control.append(reinterpret_cast<const char*>(in.data()), take);
    }
    in = in.subspan(take);
    left_ -= take;
    if (left_ > 0) return std::optional<ServerFrame>();
    headerSize_ = 0;
    return std::exchange(frame_, std::nullopt);
}

std::string upgradeKey(std::uint64_t high, std::uint64_t low) {
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &high, 8);
    std::memcpy(bytes.data() + 8, &low, 8);
    return base64(bytes.data(), bytes.size());
}

std::string acceptFor(const std::string& key) {
    const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455, section 1.3
    std::array<std::uint8_t, 20> digest{};
    gsize size = digest.size();
    GChecksum* sum = g_checksum_new(G_CHECKSUM_SHA1);
    g_checksum_update(sum, reinterpret_cast<const guchar*>(text.data()), static_cast<gssize>(text.size()));
    g_checksum_get_digest(sum, digest.data(), &size);
    g_checksum_free(sum);
    return base64(digest.data(), size);
}

std::optional<Error> checkUpgrade(std::string_view header, const std::string& key) {
    const auto status = header.substr(0, header.find("\r\n"));
    if (!status.starts_with("HTTP/1.1 101")) {
        return Error{"bad handshake: the server answered '" + std::string(status) + "'"};
    }
    if (lower(field(header, "upgrade")) != "websocket" ||
        lower(field(header, "connection")).find("upgrade") == std::string::npos) {
        return Error{"bad handshake: a 101 without 'Upgrade: websocket' and 'Connection: Upgrade'"};
    }
    if (field(header, "sec-websocket-accept") != acceptFor(key)) {
        return Error{"bad handshake: Sec-WebSocket-Accept does not belong to our key"};
    }
    return std::nullopt;
}

} // namespace lm::ws
