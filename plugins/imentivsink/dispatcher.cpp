#include "plugins/imentivsink/dispatcher.hpp"

#include <algorithm>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>

namespace lm::imentivsink {
namespace {

using std::chrono::milliseconds;

/// The last reference may go on the dispatcher's own thread, when a report there was the last to hold a sink
/// that was never stopped; a thread cannot join itself.
void destroy(Dispatcher* dispatcher) {
    if (dispatcher->isCurrent())
        std::thread([dispatcher] { delete dispatcher; }).detach();
    else
        delete dispatcher;
}

} // namespace

std::shared_ptr<Dispatcher> Dispatcher::shared() {
    static std::mutex mutex;
    static std::weak_ptr<Dispatcher> current;
    const std::lock_guard lock(mutex);
    auto dispatcher = current.lock();
    if (!dispatcher) {
        dispatcher = {new Dispatcher, destroy};
        current = dispatcher;
    }
    return dispatcher;
}

Dispatcher::Dispatcher()
    : circuits_([this](const std::string& credential, const CircuitChanged& c) { onCircuit(credential, c); }),
      loop_("imentivsink") {
    loop_.post([this] { session_ = makeSession(kMaxInFlight); });
}

Dispatcher::~Dispatcher() {
    loop_.run([this] {
        closing_ = true;
        timer_ = Timer();
        for (auto& [id, entry] : tracks_)
            if (entry.exchange) entry.exchange->cancel();
        for (const auto& [spool, delivery] : deliveries_)
            delivery->stop();
        // A cancelled exchange still calls back; its memory and its block are released there.
        while (exchanges_ > 0)
            g_main_context_iteration(loop_.context(), TRUE);
        tracks_.clear();
        users_.clear();
        deliveries_.clear();
        soup_session_abort(session_.get());
        session_.reset();
    });
}

void Dispatcher::setLimits(unsigned maxInFlight, std::uint64_t maxTotalBytes) {
    maxTotalBytes_ = maxTotalBytes;
    const auto half = std::min(maxTotalBytes, std::numeric_limits<std::uint64_t>::max() / 2);
    budget_->setLimit(std::max(kLeastProcessBytes, 2 * half));
    loop_.post([this, maxInFlight] {
        limit_ = std::min(maxInFlight, kMaxInFlight);
        pump();
    });
}

void Dispatcher::wake(std::shared_ptr<Track> track) {
    bool first = false;
    {
        auto woken = woken_.lock();
        first = woken->empty();
        woken->push_back(std::move(track));
    }
    if (first) loop_.post([this] { adoptWoken(); });
}

void Dispatcher::abort(const std::shared_ptr<Track>& track) {
    loop_.post([this, id = track->id] { abortStale(id); });
}

void Dispatcher::spill(const std::shared_ptr<Track>& track) {
    loop_.post([this, track] {
        adoptWoken(); // it may have been woken and be unknown yet
        expire(track->id);
    });
}

void Dispatcher::drainWithin(const std::shared_ptr<Track>& track, milliseconds limit) {
    loop_.post([this, id = track->id, limit] {
        endDrain(id, limit, [this, id](Track& t) {
            if (!t.target.spools || !t.expire()) return cutDrain(t, "not delivered before the drain timeout");
            expire(id);
            awaitDisk(id, t.snapshot().queuedBlocks);
        });
    });
}

/// A disk may hang as well: it has the time it needs as long as it takes blocks at all.
void Dispatcher::awaitDisk(TrackId id, std::size_t left) {
    endDrain(id, Spool::kPatience, [this, id, left](Track& track) {
        const std::size_t now = track.snapshot().queuedBlocks;
        if (now < left) return awaitDisk(id, now);
        cutDrain(track, kNotStored);
    });
}

/// Calls `end` after `limit` for a track that drains still.
void Dispatcher::endDrain(TrackId id, milliseconds limit, std::function<void(Track&)> end) {
    const auto it = tracks_.find(id);
    if (it == tracks_.end()) return;
    it->second.drain = Timer(loop_.context(), limit, [track = it->second.track, end = std::move(end)] {
        if (track->draining()) end(*track);
    });
}

void Dispatcher::cutDrain(Track& track, const std::string& reason) {
    track.cancel(reason, false);
    if (const auto delivery = deliveryOf(track.id)) forsake(track, *delivery->spool());
    abortStale(track.id);
}

void Dispatcher::forsake(const Track& track, Spool& spool) const {
    if (budget_->used() > maxTotalBytes_ / 2) spool.withdraw(track.target.session);
}

void Dispatcher::adoptWoken() {
    adoptUsers();
    std::vector<std::shared_ptr<Track>> woken;
    std::swap(woken, *woken_.lock());
    const auto now = Clock::now();
    for (auto& track : woken) {
        const TrackId id = track->id;
        tracks_.try_emplace(id, Entry{track, deliveryOf(id)});
        settle(id, now);
    }
    pump();
}

bool Dispatcher::mayStart(std::size_t busy) {
    // Half of the requests at the most: a long backlog must not keep live tracks waiting.
    return busy < std::max(1U, limit_ / 2) && scheduler_.busy() + spoolBusy_ < limit_;
}

std::shared_ptr<Exchange> Dispatcher::post(const Request& request, Exchange::Done done) {
    ++exchanges_;
    ++spoolBusy_;
    return Exchange::start(session_.get(), loop_.context(), request,
                           [this, done = std::move(done)](const Reply& reply) {
                               --exchanges_;
                               --spoolBusy_;
                               done(reply);
                           });
}

void Dispatcher::stored(TrackId id) {
    settle(id, Clock::now());
    pump();
}

void Dispatcher::pump() {
    if (std::exchange(pumping_, true)) {
        pumpAgain_ = true;
        return;
    }
    do {
        pumpAgain_ = false;
        if (closing_) break;
        scheduler_.setLimit(static_cast<unsigned>(limit_ - std::min<std::size_t>(limit_, spoolBusy_)));
        while (const auto id = scheduler_.next(Clock::now()))
            begin(tracks_.at(*id));
        for (const auto& [spool, delivery] : deliveries_)
            delivery->pump();
    } while (pumpAgain_);
    pumping_ = false;
    timer_ = Timer();
    if (closing_) return;
    if (const auto at = scheduler_.wakeAt()) {
        const auto delay = std::chrono::ceil<milliseconds>(*at - Clock::now());
        timer_ = Timer(loop_.context(), delay, [this] { pump(); });
    }
}

void Dispatcher::settle(TrackId id, Clock::time_point notBefore) {
    const auto it = tracks_.find(id);
    if (it == tracks_.end()) return;
    Entry& entry = it->second;
    if (mustStore(entry)) store(entry);
    if (entry.spool) entry.spool->moved(entry.track->target);
    if (entry.exchange) return;
    switch (entry.track->left()) {
    case Track::Left::Nothing:
        scheduler_.forget(id);
        tracks_.erase(it);
        break;
    case Track::Left::Stored:
        scheduler_.forget(id);
        break;
    case Track::Left::Idle:
        scheduler_.finished(id);
        scheduler_.ready(id, notBefore);
        break;
    }
}

void Dispatcher::abortStale(TrackId id) {
    const auto it = tracks_.find(id);
    if (it == tracks_.end()) return;
    if (it->second.exchange) {
        if (!it->second.track->isCurrent(it->second.attempt)) it->second.exchange->cancel();
        return;
    }
    // It waits for a retry of a block that is gone: whatever is queued now need not wait as well.
    settle(id, Clock::now());
    pump();
}

void Dispatcher::expire(TrackId id) {
    const auto it = tracks_.find(id);
    if (it == tracks_.end()) return;
    if (it->second.exchange) it->second.exchange->cancel();
    settle(id, Clock::now());
    pump();
}

} // namespace lm::imentivsink
