#include "service/coverage/lines.hpp"

#include "service/json/json.hpp"

#include <fstream>
#include <functional>
#include <stdexcept>
#include <unordered_map>

namespace lm::coverage {
namespace {

namespace fs = std::filesystem;

/// A line is a few hundred bytes; what is longer than this is none.
constexpr std::streamsize longestLine = 64 << 10;

/// One parsed line. What is not there, or of another type, throws.
class Line {
public:
    explicit Line(const std::string& text) : node_(parsed(text)) {}

    bool has(const char* name) const { return json::member(node_.get(), name) != nullptr; }
    std::uint64_t count(const char* name) const {
        JsonNode* node = json::member(node_.get(), name);
        if (!node || json_node_get_value_type(node) != G_TYPE_INT64 || json_node_get_int(node) < 0 ||
            json_node_get_int(node) > most)
            throw std::invalid_argument(std::string(name) + " is no count");
        return static_cast<std::uint64_t>(json_node_get_int(node));
    }
    std::string text(const char* name) const {
        JsonNode* node = json::member(node_.get(), name);
        if (!node || json_node_get_value_type(node) != G_TYPE_STRING)
            throw std::invalid_argument(std::string(name) + " is no text");
        return json_node_get_string(node);
    }
    bool flag(const char* name) const {
        JsonNode* node = json::member(node_.get(), name);
        if (!node || json_node_get_value_type(node) != G_TYPE_BOOLEAN)
            throw std::invalid_argument(std::string(name) + " is no truth value");
        return json_node_get_boolean(node) != FALSE;
    }
    Range range() const { return {count("sample"), count("samples")}; }
    Fate fate() const { return {text("state"), has("reason") ? text("reason") : ""}; }

private:
    /// Far beyond any track, and its product with a number of channels still fits.
    static constexpr gint64 most = gint64{1} << 52;

    static json::Node parsed(const std::string& text) {
        auto node = json::parse(text, "line");
        if (!node) throw std::invalid_argument(node.error().message);
        return std::move(*node);
    }
    json::Node node_;
};

Head headOf(const Line& line) {
    return {line.text("track"),     line.text("trackId"),     line.text("room"),
            line.text("meetingId"), line.text("participant"), line.count("rate"),
            line.count("channels"), line.flag("sends"),       line.text("time")};
}

using Taker = void (*)(const Line&, Coverage&);

/// By the `line` of schemas/ledger-line.schema.json.
const std::unordered_map<std::string, Taker>& takers() {
    static const std::unordered_map<std::string, Taker> all = {
        {"track", [](const Line& l, Coverage& c) { c.head(headOf(l)); }},
        {"part",
         [](const Line& l, Coverage& c) {
             c.partOpened(static_cast<unsigned>(l.count("part")), l.count("sample"), l.count("channels"));
         }},
        {"part-closed",
         [](const Line& l, Coverage& c) {
             c.partClosed(static_cast<unsigned>(l.count("part")), l.range(), l.count("channels"));
         }},
        {"movie-ended", [](const Line&, Coverage&) {}}, // of a copy: the bytestream is what counts
        {"paused", [](const Line& l, Coverage& c) { c.paused(l.count("sample"), l.text("reason")); }},
        {"skipped",
         [](const Line& l, Coverage& c) { c.skipped(l.text("branch"), l.range(), l.text("reason")); }},
        {"gap", [](const Line& l, Coverage& c) { c.filled(l.range()); }},
        {"format",
         [](const Line& l, Coverage& c) {
             if (l.flag("corrected")) c.corrected(l.count("measuredRate"), l.count("measuredChannels"));
         }},
        {"block",
         [](const Line& l, Coverage& c) { c.block(l.count("sequence"), l.range(), l.count("channels")); }},
        {"state", [](const Line& l,
                     Coverage& c) { c.state(l.count("sequence"), l.range(), l.text("key"), l.fate()); }},
        {"received", [](const Line& l, Coverage& c) { c.received(l.count("samples")); }},
        {"recorded", [](const Line& l, Coverage& c) { c.recorded(l.count("samples"), l.count("skipped")); }},
        {"end", [](const Line&, Coverage& c) { c.ended(); }},
        {"meeting", [](const Line& l, Coverage& c) { c.meeting(l.text("meetingId")); }},
    };
    return all;
}

/// Calls `take` with every whole line; says whether the file ends within one. Stops where a line is too long.
enum class End { Clean, CutOff, TooLong, Unreadable };
End forEachLine(const fs::path& file, const std::function<bool(const std::string&)>& take) {
    std::error_code failed;
    // A pipe would be waited for.
    if (!fs::is_regular_file(file, failed)) return End::Unreadable;
    std::ifstream in(file, std::ios::binary);
    if (!in) return End::Unreadable;
    std::string line(static_cast<std::size_t>(longestLine), '\0');
    while (in.getline(line.data(), longestLine)) {
        if (in.eof()) return in.gcount() > 0 ? End::CutOff : End::Clean;
        if (!take(std::string(line.data(), static_cast<std::size_t>(in.gcount()) - 1))) return End::Clean;
    }
    return in.bad() ? End::Unreadable : in.eof() ? End::Clean : End::TooLong;
}

} // namespace

std::optional<Head> readHead(const fs::path& ledger) {
    std::optional<Head> head;
    forEachLine(ledger, [&](const std::string& text) {
        try {
            const Line line(text);
            if (line.text("line") == "track") head = headOf(line);
        } catch (const std::invalid_argument&) {
        }
        return false;
    });
    return head;
}

void readLedger(const fs::path& ledger, Coverage& coverage) {
    std::uint64_t expected = 0;
    const End end = forEachLine(ledger, [&](const std::string& text) {
        try {
            const Line line(text);
            if (line.count("n") != expected) {
                coverage.problem("line " + std::to_string(expected) + " of the ledger is missing");
                expected = line.count("n");
            }
            const auto taker = takers().find(line.text("line"));
            if (taker == takers().end()) throw std::invalid_argument("it is of no kind that is known");
            taker->second(line, coverage);
        } catch (const std::invalid_argument& e) {
            coverage.problem("line " + std::to_string(expected) +
                             " of the ledger cannot be read: " + e.what());
        }
        ++expected;
        return true;
    });
    if (end == End::CutOff) coverage.problem("the last line of the ledger is cut off");
    if (end == End::TooLong || end == End::Unreadable)
        coverage.problem("the ledger cannot be read beyond line " + std::to_string(expected));
}

void readLate(const fs::path& states, Coverage& coverage) {
    forEachLine(states, [&](const std::string& text) {
        try {
            const Line line(text);
            coverage.lateState(line.text("key"), line.fate());
        } catch (const std::invalid_argument&) {
            // A line that a crash cut leaves its block `spooled`.
        }
        return true;
    });
}

} // namespace lm::coverage
