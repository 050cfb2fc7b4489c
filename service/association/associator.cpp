#include "service/association/associator.hpp"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/loopthread.hpp"
#include "service/association/match.hpp"
#include "service/logging/log.hpp"

#include <utility>

namespace lm::association {
namespace {

using store::Connection;
using store::Done;
using store::Outcome;

constexpr char component[] = "association";
/// Pairs of a track and a session at once.
constexpr std::int64_t mostPairings = 1000;
constexpr std::size_t mostComplaints = 1024;

/// Calls when the change that holds it is done with: applied for good, or dropped.
class Afterwards {
public:
    explicit Afterwards(std::function<void()> call) : call_(std::move(call)) {}
    ~Afterwards() { fence(component, call_); }
    Afterwards(const Afterwards&) = delete;
    Afterwards& operator=(const Afterwards&) = delete;

private:
    const std::function<void()> call_;
};

struct Horizon {
    domain::UtcTime now, tracksSince, movesSince;
    std::chrono::milliseconds reach;
};

Outcome<Done> associate(Connection& connection, const Horizon& horizon,
                        const std::set<std::string>& running) {
    auto pairings = store::listPairings(connection, horizon.tracksSince, horizon.reach, mostPairings);
    if (!pairings) return pairings.failure();
    // The last track's may be cut off.
    if (pairings->size() == mostPairings && pairings->front().track != pairings->back().track)
        std::erase_if(*pairings, [last = pairings->back().track](const auto& p) { return p.track == last; });
    const auto runs = [&](const std::string& track) { return running.contains(track); };
    for (const Match& match : match(*pairings, horizon.reach, runs))
        if (const auto done = store::associateTrack(connection, match.track, match.meetingId, horizon.now);
            !done)
            return done.failure();
    return Done{};
}

Outcome<Relocation> relocationOf(Connection& connection, const std::string& id) {
    Relocation what;
    auto track = store::findTrack(connection, id);
    if (!track) return track.failure();
    if (*track) what.track = std::move(**track);
    auto recordings = store::recordingsOfTrack(connection, id);
    if (!recordings) return recordings.failure();
    what.recordings = std::move(*recordings);
    return what;
}

} // namespace

Associator::Associator(Write write, Options options)
    : write_(std::move(write)), options_(std::move(options)),
      home_(Ref<GMainContext>::share(options_.home ? options_.home : g_main_context_default())),
      mover_(1, 1, "association") {
    tick();
}

Associator::~Associator() = default;

void Associator::tick() {
    tick_ = Timer(home_.get(), options_.every, [this] { tick(); });
    look();
}

void Associator::trackStarted(const pipeline::TrackInfo& track) {
    if (!track.request.meetingId.empty()) return;
    running_.insert(track.id);
    look();
}

void Associator::trackEnded(const pipeline::TrackInfo& track, const pipeline::Outcome&) {
    if (running_.erase(track.id) > 0) look();
}

void Associator::sessionActive(const store::Session&) {
    look();
}

void Associator::look() {
    if (asking_)
        again_ = true;
    else
        ask(std::nullopt);
}

std::function<void()> Associator::atHome(std::function<void(Associator&)> then) const {
    return [home = home_, self = std::weak_ptr<Associator*>(self_), then = std::move(then)] {
        postTo(home.get(), [self, then] {
            if (const auto open = self.lock()) then(**open);
        });
    };
}

/// A change, not a question: those that wait say what became of the tracks.
void Associator::ask(std::optional<store::Cursor> after) {
    asking_ = true;
    const auto now = options_.clock();
    const Horizon horizon{now, now - options_.memory, now - options_.patience, options_.reach};
    auto found = std::make_shared<Found>();
    auto afterwards =
        std::make_shared<Afterwards>(atHome([found](Associator& self) { self.answered(std::move(*found)); }));
    const std::size_t weight = sizeof(Found) + running_.size() * 64;
    write_(weight, [=, running = running_, page = options_.page](Connection& connection) -> Outcome<Done> {
        *found = {}; // it may be tried again
        if (!after)
            if (auto done = associate(connection, horizon, running); !done) return done;
        const auto moves =
            store::listMoves(connection, horizon.movesSince, {after, static_cast<std::uint32_t>(page)});
        if (!moves) return moves.failure();
        for (const store::Move& move : moves->items) {
            auto what = relocationOf(connection, move.id);
            if (!what) return what.failure();
            if (what->track.meetingId) found->moves.push_back(std::move(*what));
        }
        found->next = moves->next;
        static_cast<void>(afterwards); // is held, that is all
        return Done{};
    });
}

void Associator::answered(Found found) {
    asking_ = false;
    std::erase_if(found.moves, [this](const Relocation& r) { return running_.contains(r.track.id); });
    if (moving_)
        missed_ = true;
    else
        next_ = std::move(found.next);
    if (moving_ || found.moves.empty()) return goOn();
    auto all = std::make_shared<std::vector<Ended>>();
    const auto done = atHome([all](Associator& self) { self.relocated(std::move(*all)); });
    const Rest when{options_.clock(), options_.quiet, options_.mayTouchOld()};
    moving_ = mover_.run([all, done, when, places = options_.places, moves = std::move(found.moves)] {
        for (const Relocation& what : moves) {
            Relocated how{Relocated::Kind::Failed, {}, 0, {}, "a mistake in the program"};
            fence(component, [&] { how = relocate(places, what, when); });
            all->push_back({what, std::move(how)});
        }
        done();
    });
    goOn();
}

void Associator::relocated(std::vector<Ended> all) {
    moving_ = false;
    for (Ended& one : all) {
        const auto kind = one.how.kind;
        // Its ledger has not got its last line yet.
        if (kind == Relocated::Kind::Busy && one.what.track.endedAt)
            retry_ = Timer(home_.get(), options_.soon, [this] { look(); });
        report(one);
        if (kind == Relocated::Kind::Done || !one.how.files.empty()) conclude(std::move(one));
    }
    if (std::exchange(missed_, false)) again_ = true;
    goOn();
}

/// The next page when the one before is done with, else the next look.
void Associator::goOn() {
    if (asking_) return;
    if (!moving_ && next_) return ask(std::exchange(next_, std::nullopt));
    if (std::exchange(again_, false)) look();
}

void Associator::conclude(Ended one) {
    const bool done = one.how.kind == Relocated::Kind::Done;
    auto finished = std::make_shared<bool>(false);
    auto afterwards =
        std::make_shared<Afterwards>(atHome([finished, track = one.what.track](const Associator& self) {
            if (*finished) self.options_.moved(track);
        }));
    std::size_t weight = sizeof(Ended);
    for (const store::MovedFile& file : one.how.files)
        weight += sizeof file + file.from.size() + file.to.size();
    write_(weight, [=, id = one.what.track.id, files = one.how.files](Connection& db) -> Outcome<Done> {
        *finished = false;
        if (auto noted = store::noteMoved(db, id, files); !noted) return noted;
        if (!done) return Done{};
        const auto known = store::finishMove(db, id);
        if (!known) return known.failure();
        *finished = *known;
        static_cast<void>(afterwards);
        return Done{};
    });
}

void Associator::report(const Ended& one) {
    using logging::Level;
    const store::Track& track = one.what.track;
    const Relocated& how = one.how;
    const auto say = [&](Level level, const char* what, const char* name, const std::string& value) {
        logging::log(
            level, component, what,
            {{"track", track.id}, {"room", track.roomName}, {"meetingId", *track.meetingId}, {name, value}});
    };
    if (how.kind == Relocated::Kind::Done && how.moved > 0)
        say(Level::Info, "the files of a track are under its meeting now", "files",
            std::to_string(how.moved));
    for (const std::string& name : how.left)
        say(Level::Error, "a file of this name is there already: the one of the track stays under its room",
            "file", name);
    if (how.kind == Relocated::Kind::Done) complained_.erase(track.id);
    if (how.kind != Relocated::Kind::Failed) return;
    if (complained_.size() >= mostComplaints) complained_.clear();
    if (complained_.insert(track.id).second)
        say(Level::Error, "the files of a track cannot be moved to its meeting; tried again", "reason",
            how.problem);
}

} // namespace lm::association
