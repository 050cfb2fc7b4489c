#include "plugins/imentivsink/dispatcher.hpp"

#include "plugins/imentivsink/encoding.hpp"

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>

namespace lm::imentivsink {
namespace {

using std::chrono::milliseconds;

constexpr auto kBehind = "earlier blocks of the track are in the spool";

/// The last reference may go on the dispatcher's own thread, when a report there was the last to hold a sink
/// that was never stopped; a thread cannot join itself.
void destroy(Dispatcher* dispatcher) {
    if (dispatcher->isCurrent())
        std::thread([dispatcher] { delete dispatcher; }).detach();
    else
        delete dispatcher;
}

/// The body of a request: the samples, with a header in front when they are sent as a file. Empty when the
/// memory of the block cannot be read.
std::vector<Ref<GBytes>> bodyOf(const Target& target, const Block& block) {
    auto body = static_cast<const BufferBody&>(*block.body).chunks();
    if (!body.empty() && target.payload == Payload::Wav) {
        const auto header = wavHeader(block.info.format, block.bytes);
        body.insert(body.begin(), Ref<GBytes>::adopt(g_bytes_new(header.data(), header.size())));
    }
    return body;
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
        const auto it = tracks_.find(id);
        if (it == tracks_.end()) return;
        it->second.drain = Timer(loop_.context(), limit, [this, id, track = it->second.track] {
            if (!track->draining()) return;
            if (track->target.spools && track->expire()) return expire(id);
            track->cancel("not delivered before the drain timeout", false);
            abortStale(id);
        });
    });
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

void Dispatcher::begin(Entry& entry) {
    Track& track = *entry.track;
    const auto now = Clock::now();
    const auto attempt = track.begin();
    if (!attempt) return settle(track.id, now);
    const bool ask = entry.spool || circuits_.isRefused(track.target);
    if (ask && !circuits_.admit(track.target, now).go) {
        if (entry.spool) {
            track.release(attempt->number, false);
            store(entry, 0, "the endpoint is not asked at present");
        } else {
            const auto reason = reasonFor(401, !track.target.authorization.empty());
            track.failed(attempt->number, 0, "not sent: " + reason);
        }
        return settle(track.id, now);
    }
    auto body = bodyOf(track.target, attempt->block);
    if (body.empty()) {
        circuits_.abandoned(track.target);
        track.failed(attempt->number, 0, "the memory of the block cannot be read");
        return settle(track.id, now);
    }
    send(entry, *attempt, std::move(body));
}

void Dispatcher::send(Entry& entry, const TrackQueue::Attempt& attempt, std::vector<Ref<GBytes>> body) {
    const Target& target = entry.track->target;
    const BlockInfo& info = attempt.block.info;
    const Request request{
        requestUrl(target.endpoint, target.identity, info.format),
        contentType(target.payload, info.format),
        target.authorization,
        requestHeaders(target.identity, info, idempotencyKey(target.session, info.sequence)),
        std::move(body),
        target.timeout};
    ++exchanges_;
    entry.attempt = attempt.number;
    entry.exchange = Exchange::start(session_.get(), loop_.context(), request,
                                     [this, id = entry.track->id, number = attempt.number,
                                      attempts = attempt.block.attempts](const Reply& reply) {
                                         --exchanges_;
                                         if (!closing_) onReply(id, number, attempts, reply);
                                     });
}

void Dispatcher::onReply(TrackId id, std::uint64_t attempt, unsigned attempts, const Reply& reply) {
    Entry& entry = tracks_.at(id);
    Track& track = *entry.track;
    const Target& target = track.target;
    entry.exchange.reset();

    const auto now = Clock::now();
    const Outcome outcome{reply.status, attempts, target.maxAttempts,
                          parseRetryAfter(reply.retryAfter, g_get_real_time() / G_USEC_PER_SEC)};
    const auto decision = decide(outcome, chance());
    const auto reason = reply.status ? reasonFor(reply.status, !target.authorization.empty()) : reply.error;
    auto notBefore = now;
    switch (judge(reply.status)) {
    case Verdict::Delivered:
        circuits_.succeeded(target);
        track.delivered(attempt, reply.status, reply.json);
        break;
    case Verdict::Retry:
        // A cancelled attempt comes back as "no answer" too; what follows it does not have to wait.
        if (track.isCurrent(attempt)) notBefore = now + decision.delay;
        if (reply.cancelled)
            circuits_.abandoned(target);
        else if (entry.spool)
            circuits_.failed(target, now, chance(), reason);
        if (decision.verdict != Verdict::Retry || mustStore(entry))
            giveUp(entry, attempt, reply, reason);
        else
            track.retrying(attempt, reply.status, reason, decision.delay);
        break;
    case Verdict::Refused:
        circuits_.refused(target, now, reason);
        giveUp(entry, attempt, reply, reason);
        break;
    case Verdict::Failed:
        circuits_.succeeded(target); // it answers: this block is what it does not want
        giveUp(entry, attempt, reply, reason);
        break;
    }
    settle(id, notBefore);
    pump();
}

/// No attempt is left, or none makes sense: to the spool, to the dead letters or, without them, lost.
void Dispatcher::giveUp(Entry& entry, std::uint64_t attempt, const Reply& reply, const std::string& reason) {
    Track& track = *entry.track;
    if (!entry.spool) return track.failed(attempt, reply.status, reason);
    if (judge(reply.status) != Verdict::Failed) {
        if (track.release(attempt)) store(entry, reply.status, reason);
        return;
    }
    const auto dead = track.takeForDead(attempt);
    if (!dead) return;
    auto body = bodyOf(track.target, dead->block);
    entry.spool->store(entry.track, *dead, std::move(body), reply.status, reason,
                       answerText(reply.status, reason, reply));
}

/// What the track has in memory goes to the disk instead of waiting here.
bool Dispatcher::mustStore(const Entry& entry) {
    if (!entry.spool) return false;
    const Target& target = entry.track->target;
    return entry.track->mustSpool() || crowded() || entry.spool->holds(target) ||
           circuits_.state(target) == Breaker::State::Open;
}

void Dispatcher::store(Entry& entry, unsigned status, const std::string& reason) {
    for (const auto& block : entry.track->takeForSpool()) {
        auto body = bodyOf(entry.track->target, block.block);
        const bool tried = block.block.attempts > 0;
        entry.spool->store(entry.track, block, std::move(body), tried ? status : 0, tried ? reason : kBehind);
    }
}

void Dispatcher::settle(TrackId id, Clock::time_point notBefore) {
    const auto it = tracks_.find(id);
    if (it == tracks_.end()) return;
    Entry& entry = it->second;
    if (mustStore(entry)) store(entry, 0, kBehind);
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
