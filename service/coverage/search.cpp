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

bool isOf(const Head& head, const std::string& id) {
    return head.track == id || head.trackId == id;
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
        if (const auto head = readHead(path); head && isOf(*head, id)) return path;
    return std::nullopt;
}

std::vector<fs::path> lateStatesOf(const fs::path& ledger, const Head& head) {
    const fs::path folder = ledger.parent_path();
    std::vector<fs::path> all{folder / "late" / "states.jsonl"};
    // A block in the spool keeps the name that its track had.
    if (head.meetingId.empty())
        all.push_back(folder.parent_path() / domain::pathComponent(head.room) / "late" / "states.jsonl");
    if (all.front() == all.back()) all.resize(1);
    return all;
}

} // namespace lm::coverage
