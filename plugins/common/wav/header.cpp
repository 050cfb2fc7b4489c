#include "plugins/common/wav/header.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string_view>

namespace lm::wav {
namespace {

class Writer {
public:
    explicit Writer(std::byte* out) : out_(out) {}
    void text(std::string_view text) {
        std::memcpy(out_, text.data(), text.size());
        out_ += text.size();
    }
    void skip(std::size_t bytes) { out_ += bytes; }
    void number(std::uint64_t value, int bytes) {
        for (int i = 0; i < bytes; ++i, value >>= 8)
            *out_++ = static_cast<std::byte>(value & 0xff);
    }

private:
    std::byte* out_;
};

std::uint32_t saturated(std::uint64_t value) {
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

void writeRiff(Writer& out, const Format& format, std::uint64_t riffBytes) {
    out.text("RIFF");
    out.number(saturated(riffBytes), 4);
    out.text("WAVEfmt ");
    out.number(16, 4);
    out.number(1, 2); // PCM
    out.number(format.channels, 2);
    out.number(format.rate, 4);
    out.number(saturated(std::uint64_t{format.rate} * format.frameBytes()), 4);
    out.number(format.frameBytes(), 2);
    out.number(format.bits, 2);
}

void writeData(Writer& out, std::uint64_t dataBytes) {
    out.text("data");
    out.number(saturated(dataBytes), 4);
}

/// OriginationDate, OriginationTime and TimeReference.
void writeTime(Writer& out, const Format& format, std::int64_t utcNs) {
    using namespace std::chrono;
    const sys_time<nanoseconds> time{nanoseconds(utcNs)};
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const nanoseconds sinceMidnight = time - day;
    const hh_mm_ss clock(floor<seconds>(sinceMidnight));
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u%02d:%02d:%02d", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()));
    out.text({text, 18});
    // Whole seconds first: a day's nanoseconds times a rate do not fit into 64 bits.
    const auto ns = static_cast<std::uint64_t>(sinceMidnight.count());
    const std::uint64_t billion = 1'000'000'000;
    out.number(ns / billion * format.rate + (ns % billion * format.rate + billion / 2) / billion, 8);
}

void writeBext(Writer& out, const Format& format, std::int64_t utcNs) {
    out.text("bext");
    out.number(602, 4);
    out.skip(256); // Description
    out.text("live-meeting");
    out.skip(32 - 12 + 32); // the rest of Originator, OriginatorReference
    if (utcNs > 0)
        writeTime(out, format, utcNs);
    else
        out.skip(10 + 8 + 8);
    out.number(1, 2);   // Version
    out.skip(64 + 190); // UMID, reserved
}

} // namespace

PlainHeader plainHeader(const Format& format, std::uint64_t dataBytes) {
    PlainHeader made{};
    Writer out(made.data());
    writeRiff(out, format, dataBytes + made.size() - 8);
    writeData(out, dataBytes);
    return made;
}

Header header(const Format& format, std::uint64_t dataBytes, std::int64_t utcNs) {
    Header made{};
    Writer out(made.data());
    writeRiff(out, format, dataBytes + made.size() - 8);
    writeBext(out, format, utcNs);
    writeData(out, dataBytes);
    return made;
}

void setDataBytes(Header& header, std::uint64_t dataBytes) {
    Writer(header.data() + 4).number(saturated(dataBytes + header.size() - 8), 4);
    Writer(header.data() + header.size() - 4).number(saturated(dataBytes), 4);
}

} // namespace lm::wav
