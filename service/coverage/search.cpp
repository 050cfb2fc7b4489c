#include "service/coverage/search.hpp"

#include "service/coverage/lines.hpp"
#include "service/domain/filename.hpp"

#include <functional>
#include <map>

namespace lm::coverage {
namespace {

namespace fs = std::filesystem;

/// Names begin with the time of the track's start: the greatest is the newest.
using Newest = std::multimap<std::string, fs::path, std::greater<>>;

void addLedgers(const fs::path& meeting, std::size_t most, Newest& newest) {
    std::error_code failed;
    for (fs::directory_iterator at(meeting, failed), end; !failed && at != end; at.increment(failed)) {
        if (at->path().extension() != ".jsonl") continue;
        newest.emplace(at->path().filename(), at->path());
        if (newest.size() > most) newest.erase(std::prev(newest.end()));
    }
}

bool isOf(const Head& head, const std::string& id, const std::string& meeting) {
    const std::string& own = head.meetingId.empty() ? head.room : head.meetingId;
    return (head.track == id || head.trackId == id) && (meeting.empty() || meeting == own);
}

} // namespace

std::optional<fs::path> Search::find(const std::string& id, const std::string& meeting) const {
    Newest newest;
    std::error_code failed;
    if (!meeting.empty())
        addLedgers(dir_ / domain::pathComponent(meeting), most_, newest);
    else
        for (fs::directory_iterator at(dir_, failed), end; !failed && at != end; at.increment(failed))
            addLedgers(at->path(), most_, newest);
    for (const auto& [name, path] : newest)
        if (const auto head = readHead(path); head && isOf(*head, id, meeting)) return path;
    return std::nullopt;
}

fs::path lateStatesOf(const fs::path& ledger) {
    return ledger.parent_path() / "late" / "states.jsonl";
}

} // namespace lm::coverage
