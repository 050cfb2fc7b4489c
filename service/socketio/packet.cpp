#include "service/socketio/packet.hpp"

#include "service/socketio/jsontext.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace lm::socketio {
namespace {

constexpr std::array<std::string_view, 6> reservedNames = {
    "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"};

/// A decimal number off the front; nullopt when there is none, or one too large.
std::optional<std::uint64_t> takeNumber(std::string_view& text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

bool startsWithDigit(std::string_view text) {
    return !text.empty() && text[0] >= '0' && text[0] <= '9';
}

bool isObject(std::string_view json) {
    return json.starts_with('{') && isJson(json);
}

/// An event is called by a text, or a number, that is none of the words of the reference.
bool isName(std::string_view json) {
    if (const auto name = unquote(json))
        return std::find(reservedNames.begin(), reservedNames.end(), *name) == reservedNames.end();
    return startsWithDigit(json) || json.starts_with('-');
}

bool takeElements(Packet& packet, std::string_view json) {
    const auto elements = splitArray(json);
    if (!elements || (packet.attachments > 0 && !checkPlaceholders(json, packet.attachments))) return false;
    packet.elements.assign(elements->begin(), elements->end());
    return true;
}

bool takePayload(Packet& packet, std::string_view json) {
    packet.payload = json;
    switch (packet.type) {
    case Type::Connect:
        return json.empty() || isObject(json);
    case Type::Disconnect:
        return json.empty();
    case Type::ConnectError:
        return json.empty() || isJson(json);
    case Type::Event:
    case Type::BinaryEvent:
        packet.payload.clear();
        return takeElements(packet, json) && !packet.elements.empty() && isName(packet.elements[0]);
    case Type::Ack:
    case Type::BinaryAck:
        packet.payload.clear();
        return packet.id && takeElements(packet, json);
    }
    return false;
}

bool isBinary(Type type) {
    return type == Type::BinaryEvent || type == Type::BinaryAck;
}

/// Everything in front of the payload.
std::string head(Type type, std::size_t attachments, std::string_view space,
                 std::optional<std::uint64_t> id) {
    std::string text(1, static_cast<char>(type));
    if (isBinary(type)) text += std::to_string(attachments) + '-';
    if (space != "/") (text += space) += ',';
    if (id) text += std::to_string(*id);
    return text;
}

Encoded withAttachments(std::string text, const Values& values) {
    Encoded encoded{engineio::Outgoing::text(text)};
    encoded.insert(encoded.end(), values.attachments.begin(), values.attachments.end());
    return encoded;
}

} // namespace

std::optional<Packet> decode(std::string_view text) {
    if (text.empty() || text[0] < '0' || text[0] > '6') return std::nullopt;
    Packet packet{static_cast<Type>(text[0])};
    text.remove_prefix(1);
    if (isBinary(packet.type)) {
        const auto count = takeNumber(text);
        if (!count || *count == 0 || *count > maxAttachments || !text.starts_with('-')) return std::nullopt;
        packet.attachments = static_cast<std::size_t>(*count);
        text.remove_prefix(1);
    }
    if (text.starts_with('/')) {
        const std::size_t end = std::min(text.find(','), text.size());
        if (end > maxSpaceName) return std::nullopt; // it is repeated in answers
        packet.space = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (startsWithDigit(text)) {
        packet.id = takeNumber(text);
        if (!packet.id) return std::nullopt;
    }
    if (!takePayload(packet, text)) return std::nullopt;
    return packet;
}

Encoded encodeEvent(std::string_view space, std::string_view name, const Values& values,
                    std::optional<std::uint64_t> id) {
    const std::size_t attachments = values.attachments.size();
    std::string text = head(attachments > 0 ? Type::BinaryEvent : Type::Event, attachments, space, id);
    text += '[' + quote(name);
    for (const std::string& argument : values.arguments)
        (text += ',') += argument;
    return withAttachments(text += ']', values);
}

Encoded encodeAck(std::string_view space, std::uint64_t id, const Values& values) {
    const std::size_t attachments = values.attachments.size();
    return withAttachments(head(attachments > 0 ? Type::BinaryAck : Type::Ack, attachments, space, id) +
                               joinArray(values.arguments),
                           values);
}

Encoded encodePlain(Type type, std::string_view space, std::string_view payload) {
    std::string text = head(type, 0, space, std::nullopt);
    return {engineio::Outgoing::text(text += payload)};
}

std::string joinArray(const std::vector<std::string>& elements) {
    std::string text = "[";
    for (const std::string& element : elements)
        (text += text.size() > 1 ? "," : "") += element;
    return text += ']';
}

} // namespace lm::socketio
