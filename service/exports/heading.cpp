#include "service/exports/heading.hpp"

#include <bit>
#include <cstdint>
#include <utility>

/// Elements are an id, a length and that many bytes (RFC 8794); their meaning is in RFC 9559.
namespace lm::exports {
namespace {

constexpr std::size_t mostHeld = 4096; // the words are within its first 100 bytes
constexpr std::string_view info = "\x15\x49\xa9\x66", duration = "\x44\x89", title = "\x7b\xa9";
constexpr std::size_t lengthBytes = 8; // of a length in its longest form, which our muxer writes
constexpr unsigned char longest = 0x01;

std::uint64_t number(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char c : bytes)
        value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

std::string bytesOf(std::uint64_t value) {
    std::string bytes(8, '\0');
    for (std::size_t i = bytes.size(); i-- > 0; value >>= 8)
        bytes[i] = static_cast<char>(value & 0xff);
    return bytes;
}

std::string lengthOf(std::uint64_t size) {
    return bytesOf(size | std::uint64_t{longest} << 56);
}

std::string element(std::string_view id, const std::string& bytes) {
    return std::string(id) + lengthOf(bytes.size()) + bytes;
}

} // namespace

std::string Heading::said() const {
    std::string words;
    const std::chrono::duration<double, std::milli> ms(length_); // the muxer's unit of time
    if (length_.count() > 0) words += element(duration, bytesOf(std::bit_cast<std::uint64_t>(ms.count())));
    if (!title_.empty()) words += element(title, title_);
    return words;
}

std::string Heading::pass(std::string_view bytes) {
    if (done_) return std::string(bytes);
    held_ += bytes;
    const std::size_t at = held_.find(info);
    const std::size_t body = at + info.size() + lengthBytes;
    if (at == std::string::npos || held_.size() < body) {
        done_ = held_.size() > mostHeld;
        return done_ ? std::exchange(held_, {}) : std::string();
    }
    done_ = true;
    std::string all = std::exchange(held_, {});
    if (static_cast<unsigned char>(all[at + info.size()]) != longest) return all;
    const std::string words = said();
    const std::uint64_t size = number(std::string_view(all).substr(body - lengthBytes + 1, lengthBytes - 1));
    all.replace(body - lengthBytes, lengthBytes, lengthOf(size + words.size()) + words);
    return all;
}

} // namespace lm::exports
