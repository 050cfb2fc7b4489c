#include "service/socketio/msgpack.hpp"

#include "service/domain/utf8.hpp"
#include "service/socketio/jsontext.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace lm::socketio {
namespace {

void putBig(std::string& out, std::uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i)
        out += static_cast<char>(value >> (8 * i) & 0xFF);
}

/// A length in the shortest of its forms; `fixed` is the base of the form that has it in the first byte.
void putLength(std::string& out, std::size_t length, unsigned fixed, std::size_t fixedMost, unsigned byOne,
               unsigned byTwo) {
    if (length <= fixedMost) {
        out += static_cast<char>(fixed + length);
    } else if (byOne != 0 && length <= 0xFF) {
        out += static_cast<char>(byOne);
        putBig(out, length, 1);
    } else if (length <= 0xFFFF) {
        out += static_cast<char>(byTwo);
        putBig(out, length, 2);
    } else {
        out += static_cast<char>(byTwo + 1);
        putBig(out, length, 4);
    }
}

void putText(std::string& out, std::string_view text) {
    putLength(out, text.size(), 0xA0, 31, 0xD9, 0xDA);
    out += text;
}

void putBytes(std::string& out, std::string_view bytes) {
    if (bytes.size() <= 0xFF) {
        out += '\xC4';
        putBig(out, bytes.size(), 1);
    } else {
        out += bytes.size() <= 0xFFFF ? '\xC5' : '\xC6';
        putBig(out, bytes.size(), bytes.size() <= 0xFFFF ? 2 : 4);
    }
    out += bytes;
}

void putNumber(std::string& out, std::string_view json) {
    std::int64_t whole = 0;
    const auto [end, error] = std::from_chars(json.data(), json.data() + json.size(), whole);
    if (error == std::errc() && end == json.data() + json.size()) {
        if (whole >= -32 && whole <= 127) {
            out += static_cast<char>(whole);
        } else {
            out += '\xD3';
            putBig(out, static_cast<std::uint64_t>(whole), 8);
        }
        return;
    }
    out += '\xCB';
    putBig(out, std::bit_cast<std::uint64_t>(std::strtod(std::string(json).c_str(), nullptr)), 8);
}

using Attachments = std::vector<engineio::SharedOutgoing>;

/// The attachment that an object stands for.
const engineio::SharedOutgoing* attachmentOf(std::string_view object, const Attachments& attachments) {
    if (attachments.empty() || memberOf(object, "_placeholder") != "true") return nullptr;
    const auto number = memberOf(object, "num");
    std::size_t index = attachments.size();
    if (number) std::from_chars(number->data(), number->data() + number->size(), index);
    return index < attachments.size() ? &attachments[index] : nullptr;
}

/// `json` is one value that has been checked: its depth is bounded.
void put(std::string& out, std::string_view json, const Attachments& attachments) {
    switch (json[0]) {
    case '{': {
        if (const auto* bytes = attachmentOf(json, attachments)) return putBytes(out, (*bytes)->packet());
        const auto members = splitObject(json).value_or(std::vector<Member>());
        putLength(out, members.size(), 0x80, 15, 0, 0xDE);
        for (const Member& member : members) {
            putText(out, unquote(member.name).value_or(std::string()));
            put(out, member.value, attachments);
        }
        return;
    }
    case '[': {
        const auto elements = splitArray(json).value_or(std::vector<std::string_view>());
        putLength(out, elements.size(), 0x90, 15, 0, 0xDC);
        for (const std::string_view element : elements)
            put(out, element, attachments);
        return;
    }
    case '"':
        return putText(out, unquote(json).value_or(std::string()));
    case 't':
        out += '\xC3';
        return;
    case 'f':
        out += '\xC2';
        return;
    case 'n':
        out += '\xC0';
        return;
    default:
        return putNumber(out, json);
    }
}

class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    std::optional<Unpacked> read() {
        if (!value(0) || at_ != bytes_.size()) return std::nullopt;
        return std::move(out_);
    }

private:
    std::optional<std::uint64_t> big(int bytes) {
        const auto taken = take(static_cast<std::size_t>(bytes));
        if (!taken) return std::nullopt;
        std::uint64_t value = 0;
        for (const char c : *taken)
            value = value << 8 | static_cast<std::uint8_t>(c);
        return value;
    }
    std::optional<std::string_view> take(std::uint64_t size) {
        if (size > bytes_.size() - at_) return std::nullopt;
        const auto taken = bytes_.substr(at_, static_cast<std::size_t>(size));
        at_ += static_cast<std::size_t>(size);
        return taken;
    }
    bool add(std::string_view json) {
        out_.json += json;
        return true;
    }
    bool whole(std::optional<std::uint64_t> value) { return value && add(std::to_string(*value)); }
    bool negative(int bytes) {
        const auto value = big(bytes);
        if (!value) return false;
        const int unused = 64 - 8 * bytes;
        return add(std::to_string(static_cast<std::int64_t>(*value << unused) >> unused));
    }
    bool real(double value) {
        if (!std::isfinite(value)) return add("null"); // as JSON.stringify has it
        char text[32];
        return add(
            {text, static_cast<std::size_t>(std::to_chars(text, text + sizeof text, value).ptr - text)});
    }
    bool text(std::optional<std::uint64_t> size) {
        const auto taken = size ? take(*size) : std::nullopt;
        return taken && domain::isUtf8(*taken) && add(quote(*taken)); // it goes into frames of text
    }
    bool binary(std::optional<std::uint64_t> size) {
        const auto taken = size ? take(*size) : std::nullopt;
        if (!taken || out_.attachments.size() == maxAttachments) return false;
        add(R"({"_placeholder":true,"num":)" + std::to_string(out_.attachments.size()) + '}');
        out_.attachments.push_back(engineio::Outgoing::binary(*taken));
        return true;
    }
    bool array(std::optional<std::uint64_t> size, std::size_t depth) {
        if (!size) return false;
        add("[");
        for (std::uint64_t i = 0; i < *size; ++i)
            if ((i > 0 && !add(",")) || !value(depth + 1)) return false;
        return add("]");
    }
    bool map(std::optional<std::uint64_t> size, std::size_t depth) {
        if (!size) return false;
        add("{");
        for (std::uint64_t i = 0; i < *size; ++i) {
            if (i > 0) add(",");
            const std::size_t name = out_.json.size();
            if (!value(depth + 1) || out_.json[name] != '"') return false;
            add(":");
            if (!value(depth + 1)) return false;
        }
        return add("}");
    }
    bool time(std::size_t size) {
        const auto type = big(1);
        if (!type || *type != 0xFF) return false;
        if (size == 4) return whole(big(4));
        const auto bits = big(8);
        if (size == 8) return bits && whole(*bits & 0x3FFFFFFFF);
        return false;
    }
    bool value(std::size_t depth) {
        const auto first = depth < maxJsonDepth ? big(1) : std::nullopt;
        if (!first) return false;
        const auto code = static_cast<unsigned>(*first);
        if (code <= 0x7F) return add(std::to_string(code));
        if (code <= 0x8F) return map(code & 15, depth);
        if (code <= 0x9F) return array(code & 15, depth);
        if (code <= 0xBF) return text(code & 31);
        if (code >= 0xE0) return add(std::to_string(static_cast<int>(code) - 256));
        switch (code) {
        case 0xC0:
            return add("null");
        case 0xC2:
            return add("false");
        case 0xC3:
            return add("true");
        case 0xC4:
            return binary(big(1));
        case 0xC5:
            return binary(big(2));
        case 0xC6:
            return binary(big(4));
        case 0xCA: {
            const auto bits = big(4);
            return bits && real(static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(*bits))));
        }
        case 0xCB: {
            const auto bits = big(8);
            return bits && real(std::bit_cast<double>(*bits));
        }
        case 0xCC:
            return whole(big(1));
        case 0xCD:
            return whole(big(2));
        case 0xCE:
            return whole(big(4));
        case 0xCF:
            return whole(big(8));
        case 0xD0:
            return negative(1);
        case 0xD1:
            return negative(2);
        case 0xD2:
            return negative(4);
        case 0xD3:
            return negative(8);
        case 0xD6:
            return time(4);
        case 0xD7:
            return time(8);
        case 0xD9:
            return text(big(1));
        case 0xDA:
            return text(big(2));
        case 0xDB:
            return text(big(4));
        case 0xDC:
            return array(big(2), depth);
        case 0xDD:
            return array(big(4), depth);
        case 0xDE:
            return map(big(2), depth);
        case 0xDF:
            return map(big(4), depth);
        default:
            return false;
        }
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
    Unpacked out_;
};

} // namespace

std::optional<std::string> toMsgpack(std::string_view json, const Attachments& attachments) {
    if (!isJson(json)) return std::nullopt;
    std::string out;
    const std::size_t first = json.find_first_not_of(" \t\r\n");
    put(out, json.substr(first, json.find_last_not_of(" \t\r\n") + 1 - first), attachments);
    return out;
}

std::optional<Unpacked> fromMsgpack(std::string_view bytes) {
    return Reader(bytes).read();
}

} // namespace lm::socketio
