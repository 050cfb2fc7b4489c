#include "service/association/relocation.hpp"

#include "service/association/folder.hpp"
#include "service/association/ledgertail.hpp"
#include "service/domain/filename.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string_view>
#include <system_error>

namespace lm::association {
namespace {

using Kind = Relocated::Kind;

domain::EgressRequest requestOf(const store::Track& track) {
    domain::EgressRequest request;
    request.room = track.roomName;
    request.participant = track.participant;
    request.trackId = track.trackId;
    return request;
}

/// Video has no channels.
bool isVideo(const store::Track& track) {
    return track.channels && *track.channels == 0;
}

domain::UtcTime modified(const struct stat& status) {
    return domain::utcFromNs(status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec);
}

/// Takes `-<number>` off the front, with a word before the number.
bool takeNumber(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word)) return false;
    const std::size_t digits = text.find_first_not_of("0123456789", word.size());
    if (digits == word.size() || digits == std::string_view::npos) return false;
    text.remove_prefix(digits);
    return true;
}

/// One track on its way.
class Way {
public:
    Way(const Places& places, const Relocation& what)
        : what_(what), room_(domain::pathComponent(what.track.roomName)),
          meeting_(domain::pathComponent(*what.track.meetingId)),
          stem_(domain::recordingStem(what.track.startedAt, requestOf(what.track))),
          recordings_(isVideo(what.track) ? places.video : places.recordings, room_, meeting_),
          ledgers_(places.ledgers, room_, meeting_) {}

    Relocated go(const Rest& rest) {
        if (room_ == meeting_) return std::move(result_);
        findFiles();
        if (!isHere()) return ended(Kind::Elsewhere);
        if (!isAtRest(rest)) return ended(Kind::Busy);
        if (!sayWhere(rest.now)) return std::move(result_);
        for (const std::string& name : files_)
            move(recordings_, name);
        // The last: what is still here is found by it.
        if (result_.kind != Kind::Failed && ledgers_.inFirst(ledger())) move(ledgers_, ledger());
        for (FolderPair* folders : {&recordings_, &ledgers_})
            if (!folders->settle()) fail("the directory", errno);
        noteRows();
        return std::move(result_);
    }

private:
    Relocated ended(Kind kind) {
        result_.kind = kind;
        return std::move(result_);
    }
    void fail(const std::string& what, int error) {
        result_.kind = Kind::Failed;
        result_.problem = what + ": " + std::generic_category().message(error);
    }
    std::string ledger() const { return stem_ + ".jsonl"; }

    /// The name of a row's file if it is in this folder.
    static std::string nameIn(const std::string& folder, const std::string& path) {
        const std::size_t slash = path.find('/');
        if (slash != folder.size() || !path.starts_with(folder)) return {};
        std::string name = path.substr(slash + 1);
        return name.find('/') == std::string::npos ? name : std::string();
    }

    /// Those that the rows name, and those whose rows a crash kept from being written.
    void findFiles() {
        for (std::string& name : recordings_.names())
            if (isOfRecording(name, stem_)) files_.insert(std::move(name));
        for (const store::Recording& row : what_.recordings)
            if (const std::string name = nameIn(room_, row.path); recordings_.inFirst(name))
                files_.insert(name);
    }

    /// Also when all of it has been moved, and only the rows do not know.
    bool isHere() const {
        if (!files_.empty() || ledgers_.inFirst(ledger()) || ledgers_.inSecond(ledger())) return true;
        return std::any_of(what_.recordings.begin(), what_.recordings.end(),
                           [this](const store::Recording& row) {
                               return recordings_.inSecond(nameIn(room_, row.path)) ||
                                      recordings_.inSecond(nameIn(meeting_, row.path));
                           });
    }

    bool isAtRest(const Rest& rest) const {
        domain::UtcTime newest;
        for (const std::string& name : files_) {
            const OwnedFd file = recordings_.open(name, O_RDONLY);
            // Whoever writes has it locked. What cannot be opened will say so when it is moved.
            if (file && ::flock(file.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
            if (const auto status = recordings_.inFirst(name)) newest = std::max(newest, modified(*status));
        }
        bool closed = true;
        if (const auto status = ledgers_.inFirst(ledger())) {
            const OwnedFd file = ledgers_.open(ledger(), O_RDONLY);
            const auto tail = file ? readTail(file.get()) : std::nullopt;
            closed = tail && tail->closed();
            newest = std::max(newest, modified(*status));
        }
        return (what_.track.endedAt && closed) || (rest.mayTouchOld && newest + rest.quiet <= rest.now);
    }

    void move(FolderPair& folders, const std::string& name) {
        switch (folders.move(name)) {
        case FolderPair::Outcome::Moved:
            ++result_.moved;
            break;
        case FolderPair::Outcome::Gone:
            break;
        case FolderPair::Outcome::Taken:
            result_.left.push_back(name);
            break;
        case FolderPair::Outcome::Failed:
            fail(name, errno);
        }
    }

    /// Before anything moves the ledger names the meeting: who reads it half-way looks in both folders.
    bool sayWhere(domain::UtcTime now) {
        if (!ledgers_.inFirst(ledger())) return true;
        const OwnedFd file = ledgers_.open(ledger(), O_RDWR | O_APPEND);
        const int error = file ? appendMeeting(file.get(), *what_.track.meetingId, now) : errno;
        if (error != 0) fail(ledger(), error);
        return error == 0;
    }

    void noteRows() {
        for (const store::Recording& row : what_.recordings) {
            const std::string name = nameIn(room_, row.path);
            if (!name.empty() && !recordings_.inFirst(name) && recordings_.inSecond(name))
                result_.files.push_back({row.path, meeting_ + '/' + name});
        }
    }

    const Relocation& what_;
    const std::string room_, meeting_, stem_;
    FolderPair recordings_, ledgers_;
    std::set<std::string> files_; // of the recording, in the folder of the room
    Relocated result_;
};

} // namespace

bool isOfRecording(const std::string& name, const std::string& stem) {
    std::string_view rest(name);
    if (!rest.starts_with(stem)) return false;
    rest.remove_prefix(stem.size());
    takeNumber(rest, "-part");
    takeNumber(rest, "-");
    return rest == ".wav" || rest == ".h264" || rest == ".ivf" || rest == ".mkv";
}

Relocated relocate(const Places& places, const Relocation& what, const Rest& rest) {
    return Way(places, what).go(rest);
}

} // namespace lm::association
