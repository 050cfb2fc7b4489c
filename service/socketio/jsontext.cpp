#include "service/socketio/jsontext.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace lm::socketio {
namespace {

constexpr std::size_t maxPlaceholders = 32; // in a text: each costs a look at the object it is in

/// Reads values off the front of a text without building anything. Nothing is called by itself, so that depth
/// costs bits and no stack.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    void skipSpace() {
        while (at_ < text_.size() &&
               (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
            ++at_;
    }
    bool take(char c) {
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    bool atEnd() const { return at_ == text_.size(); }
    std::size_t at() const { return at_; }
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    bool string() {
        if (!take('"')) return false;
        while (at_ < text_.size()) {
            const char c = text_[at_++];
            if (c == '"') return true;
            if (static_cast<unsigned char>(c) < ' ') return false;
            if (c == '\\' && !escape()) return false;
        }
        return false;
    }

    /// A value whose brackets all close.
    bool value() {
        std::array<bool, maxJsonDepth> inObject{};
        std::size_t depth = 0;
        while (true) {
            skipSpace();
            if (const char c = peek(); c == '{' || c == '[') {
                if (depth == maxJsonDepth) return false;
                ++at_;
                inObject[depth++] = c == '{';
                skipSpace();
                if (!take(c == '{' ? '}' : ']')) {
                    if (c == '{' && !name()) return false;
                    continue;
                }
                --depth;
            } else if (!scalar()) {
                return false;
            }
            // Behind a value: its brackets may end, or the next value begins.
            while (true) {
                if (depth == 0) return true;
                skipSpace();
                if (take(',')) {
                    skipSpace();
                    if (inObject[depth - 1] && !name()) return false;
                    break;
                }
                if (!take(inObject[depth - 1] ? '}' : ']')) return false;
                --depth;
            }
        }
    }

    bool name() {
        if (!string()) return false;
        skipSpace();
        return take(':');
    }

private:
    bool escape() {
        if (at_ >= text_.size()) return false;
        const char c = text_[at_++];
        if (c != 'u') return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
        for (int i = 0; i < 4; ++i, ++at_)
            if (at_ >= text_.size() || !isHex(text_[at_])) return false;
        return true;
    }
    static bool isHex(char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    }
    bool digits() {
        const std::size_t first = at_;
        while (peek() >= '0' && peek() <= '9')
            ++at_;
        return at_ > first;
    }
    bool number() {
        take('-');
        if (!take('0') && !digits()) return false;
        if (take('.') && !digits()) return false;
        if (take('e') || take('E')) {
            if (!take('+')) take('-');
            return digits();
        }
        return true;
    }
    bool word(std::string_view wanted) {
        if (text_.compare(at_, wanted.size(), wanted) != 0) return false;
        at_ += wanted.size();
        return true;
    }
    bool scalar() {
        switch (peek()) {
        case '"':
            return string();
        case 't':
            return word("true");
        case 'f':
            return word("false");
        case 'n':
            return word("null");
        default:
            return number();
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

/// Calls `seen(name, value)` for each member of an object, both as they stand; false when it is no object.
template <typename Seen> bool eachMember(std::string_view object, Seen seen) {
    Scanner scanner(object);
    scanner.skipSpace();
    if (!scanner.take('{')) return false;
    scanner.skipSpace();
    if (scanner.take('}')) return true;
    do {
        scanner.skipSpace();
        const std::size_t name = scanner.at();
        if (!scanner.string()) return false;
        const std::size_t nameEnd = scanner.at();
        scanner.skipSpace();
        if (!scanner.take(':')) return false;
        scanner.skipSpace();
        const std::size_t value = scanner.at();
        if (!scanner.value()) return false;
        seen(object.substr(name, nameEnd - name), object.substr(value, scanner.at() - value));
        scanner.skipSpace();
    } while (scanner.take(','));
    return scanner.take('}');
}

unsigned hexValue(std::string_view digits) {
    unsigned value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    return value;
}

void appendUtf8(std::string& out, unsigned code) {
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | code >> 6);
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0 | code >> 12);
        out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | code >> 18);
        out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
        out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    }
}

constexpr bool isHighSurrogate(unsigned code) {
    return code >= 0xD800 && code < 0xDC00;
}
constexpr bool isLowSurrogate(unsigned code) {
    return code >= 0xDC00 && code < 0xE000;
}

/// Reads `\u` and its four digits at `at`, and those of its second half; moves behind them.
unsigned unicodeEscape(std::string_view json, std::size_t& at) {
    constexpr unsigned replacement = 0xFFFD;
    const unsigned code = hexValue(json.substr(at + 2, 4));
    at += 6;
    if (isLowSurrogate(code)) return replacement;
    if (!isHighSurrogate(code)) return code;
    if (json.compare(at, 2, "\\u") != 0) return replacement;
    const unsigned low = hexValue(json.substr(at + 2, 4));
    if (!isLowSurrogate(low)) return replacement;
    at += 6;
    return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
}

char simpleEscape(char c) {
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return c;
    }
}

} // namespace

bool isJson(std::string_view text) {
    Scanner scanner(text);
    if (!scanner.value()) return false;
    scanner.skipSpace();
    return scanner.atEnd();
}

std::optional<std::vector<std::string_view>> splitArray(std::string_view text) {
    Scanner scanner(text);
    scanner.skipSpace();
    if (!scanner.take('[')) return std::nullopt;
    std::vector<std::string_view> elements;
    scanner.skipSpace();
    if (!scanner.take(']')) {
        do {
            scanner.skipSpace();
            const std::size_t first = scanner.at();
            if (!scanner.value()) return std::nullopt;
            elements.push_back(text.substr(first, scanner.at() - first));
            scanner.skipSpace();
        } while (scanner.take(','));
        if (!scanner.take(']')) return std::nullopt;
    }
    scanner.skipSpace();
    if (!scanner.atEnd()) return std::nullopt;
    return elements;
}

std::optional<std::vector<Member>> splitObject(std::string_view text) {
    std::vector<Member> members;
    const bool whole = eachMember(text, [&](std::string_view name, std::string_view value) {
        members.push_back({name, value});
    });
    return whole ? std::optional(std::move(members)) : std::nullopt;
}

std::optional<std::string_view> memberOf(std::string_view object, std::string_view name) {
    std::optional<std::string_view> found;
    const bool whole = eachMember(object, [&](std::string_view key, std::string_view value) {
        if (key.substr(1, key.size() - 2) == name) found = value;
    });
    return whole ? found : std::nullopt;
}

std::optional<std::string> unquote(std::string_view json) {
    Scanner scanner(json);
    if (!scanner.string() || !scanner.atEnd()) return std::nullopt;
    json = json.substr(1, json.size() - 2);
    std::string text;
    text.reserve(json.size());
    for (std::size_t at = 0; at < json.size();) {
        if (json[at] != '\\') {
            text += json[at++];
        } else if (json[at + 1] == 'u') {
            appendUtf8(text, unicodeEscape(json, at));
        } else {
            text += simpleEscape(json[at + 1]);
            at += 2;
        }
    }
    return text;
}

std::string quote(std::string_view text) {
    constexpr char hex[] = "0123456789abcdef";
    std::string json(1, '"');
    json.reserve(text.size() + 2);
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            json += '\\';
            json += c;
        } else if (static_cast<unsigned char>(c) < ' ') {
            json += "\\u00";
            json += hex[c >> 4];
            json += hex[c & 15];
        } else {
            json += c;
        }
    }
    return json += '"';
}

namespace {

/// Spelled with escapes it means the same to every client, and is nothing that an honest one writes.
bool isDisguised(std::string_view quoted, std::string_view text) {
    return quoted.find('\\') != std::string_view::npos && unquote(quoted) == text;
}

/// Digits alone: `0.5e1` and the like are numbers of other kinds to other readers.
bool isIndex(std::string_view json, std::size_t& index) {
    const auto [end, error] = std::from_chars(json.data(), json.data() + json.size(), index);
    return error == std::errc() && end == json.data() + json.size();
}

} // namespace

bool checkPlaceholders(std::string_view json, std::size_t attachments) {
    constexpr std::string_view mark = "\"_placeholder\"";
    std::size_t looks = 0;
    // An object that has the mark as a name begins at the brace before it that is not closed.
    Scanner scanner(json);
    std::vector<std::size_t> braces;
    while (!scanner.atEnd()) {
        if (scanner.peek() == '"') {
            const std::size_t first = scanner.at();
            if (!scanner.string()) return false;
            const std::string_view name = json.substr(first, scanner.at() - first);
            if (!braces.empty() && isDisguised(name, "_placeholder")) return false;
            if (name != mark || braces.empty()) continue;
            if (++looks > maxPlaceholders) return false;
            std::optional<std::string_view> is, number;
            eachMember(json.substr(braces.back()), [&](std::string_view key, std::string_view value) {
                if (key == mark) is = value;
                if (key == "\"num\"" || isDisguised(key, "num")) number = value;
            });
            if (is != "true") continue;
            std::size_t index = 0;
            if (!number || !isIndex(*number, index) || index >= attachments) return false;
            continue;
        }
        if (scanner.peek() == '{') braces.push_back(scanner.at());
        if (scanner.peek() == '}' && !braces.empty()) braces.pop_back();
        scanner.take(scanner.peek());
    }
    return true;
}

} // namespace lm::socketio
