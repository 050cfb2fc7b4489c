#include "service/association/ledgertail.hpp"

#include "service/json/json.hpp"
#include "service/ledger/line.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace lm::association {
namespace {

/// Far more than a line has.
constexpr off_t most = 64 << 10;

std::string lastBytes(int file) {
    struct stat status {};
    if (::fstat(file, &status) != 0) return {};
    std::string text(static_cast<std::size_t>(std::min(status.st_size, most)), '\0');
    const ssize_t read =
        ::pread(file, text.data(), text.size(), status.st_size - static_cast<off_t>(text.size()));
    text.resize(read > 0 ? static_cast<std::size_t>(read) : 0);
    return text;
}

} // namespace

std::optional<LedgerTail> readTail(int ledger) {
    std::string text = lastBytes(ledger);
    if (!text.ends_with('\n')) return std::nullopt;
    text.pop_back();
    if (const auto before = text.rfind('\n'); before != std::string::npos) text.erase(0, before + 1);
    const auto line = json::parse(text, "line");
    if (!line) return std::nullopt;
    JsonNode* number = json::member(line->get(), "n");
    if (!number || json_node_get_value_type(number) != G_TYPE_INT64 || json_node_get_int(number) < 0)
        return std::nullopt;
    return LedgerTail{json::stringMember(line->get(), "line"),
                      static_cast<std::uint64_t>(json_node_get_int(number))};
}

int appendMeeting(int ledger, const std::string& meetingId, domain::UtcTime now) {
    const auto tail = readTail(ledger);
    if (!tail || tail->line == "meeting") return 0;
    const std::string line = ledger::meetingLine(meetingId, {tail->number + 1, now}) + '\n';
    struct stat before {};
    if (::fstat(ledger, &before) != 0) return errno;
    const ssize_t written = ::write(ledger, line.data(), line.size());
    if (written == static_cast<ssize_t>(line.size())) return 0;
    const int error = written < 0 ? errno : ENOSPC;
    // Half a line would be the end of a ledger that nobody adds to any more.
    return written > 0 && ::ftruncate(ledger, before.st_size) != 0 ? errno : error;
}

} // namespace lm::association
