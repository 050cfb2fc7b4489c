#include "plugins/imentivsink/dispatcher.hpp"

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>

namespace lm::imentivsink {
namespace {

using std::chrono::milliseconds;

/// The last reference may go on the dispatcher's own thread, when a report there was the last to hold a sink
/// that was never stopped; a thread cannot join itself.
void destroy(Dispatcher* dispatcher, const LoopThread& loop) {
    if (loop.isCurrent())
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
        dispatcher = {new Dispatcher, [](Dispatcher* d) { destroy(d, d->loop_); }};
        current = dispatcher;
    }
    return dispatcher;
}

Dispatcher::Dispatcher() : loop_("imentivsink") {
    loop_.post([this] { session_ = makeSession(kMaxInFlight); });
}

Dispatcher::~Dispatcher() {
    loop_.run([this] {
        closing_ = true;
        timer_ = Timer();
        for (auto& [id, entry] : tracks_)
            if (entry.exchange) entry.exchange->cancel();
        // A cancelled exchange still calls back; its memory and its block are released there.
        while (exchanges_ > 0)
            g_main_context_iteration(loop_.context(), TRUE);
        tracks_.clear();
        soup_session_abort(session_.get());
        session_.reset();
    });
}

void Dispatcher::setLimit(unsigned maxInFlight) {
    loop_.post([this, maxInFlight] {
        scheduler_.setLimit(std::min(maxInFlight, kMaxInFlight));
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

void Dispatcher::drainWithin(const std::shared_ptr<Track>& track, milliseconds limit) {
    loop_.post([this, id = track->id, limit] {
        const auto it = tracks_.find(id);
        if (it == tracks_.end()) return;
        it->second.drain = Timer(loop_.context(), limit, [this, id, track = it->second.track] {
            if (!track->draining()) return;
            track->cancel("not delivered before the drain timeout", false);
            abortStale(id);
        });
    });
}

void Dispatcher::adoptWoken() {
    std::vector<std::shared_ptr<Track>> woken;
    std::swap(woken, *woken_.lock());
    const auto now = Clock::now();
    for (auto& track : woken) {
        const TrackId id = track->id;
        scheduler_.ready(id, now);
        tracks_.try_emplace(id, Entry{std::move(track)});
    }
    pump();
}

void Dispatcher::pump() {
    if (closing_) return;
    while (const auto id = scheduler_.next(Clock::now()))
        begin(tracks_.at(*id));
    timer_ = Timer();
    if (const auto at = scheduler_.wakeAt()) {
        const auto delay = std::chrono::ceil<milliseconds>(*at - Clock::now());
        timer_ = Timer(loop_.context(), delay, [this] { pump(); });
    }
}

void Dispatcher::begin(Entry& entry) {
    Track& track = *entry.track;
    const auto attempt = track.begin();
    if (!attempt) return settle(track.id, Clock::now());
    if (!gate_.admit(track.target.credential(), Clock::now())) {
        const auto reason = reasonFor(401, !track.target.authorization.empty());
        track.failed(attempt->number, 0, "not sent: " + reason);
        return settle(track.id, Clock::now());
    }
    auto body = static_cast<const BufferBody&>(*attempt->block.body).chunks();
    if (body.empty()) {
        track.failed(attempt->number, 0, "the memory of the block cannot be read");
        return settle(track.id, Clock::now());
    }
    send(entry, *attempt, std::move(body));
}

void Dispatcher::send(Entry& entry, const TrackQueue::Attempt& attempt, std::vector<Ref<GBytes>> body) {
    const Target& target = entry.track->target;
    const Block& block = attempt.block;
    const BlockInfo& info = block.info;
    if (target.payload == Payload::Wav) {
        const auto header = wavHeader(info.format, block.bytes);
        body.insert(body.begin(), Ref<GBytes>::adopt(g_bytes_new(header.data(), header.size())));
    }
    const Request request{
        requestUrl(target.endpoint, target.identity, info.format),
        contentType(target.payload, info.format),
        target.authorization,
        requestHeaders(target.identity, info, idempotencyKey(target.session, info.sequence)),
        std::move(body),
        target.timeout};
    ++exchanges_;
    entry.attempt = attempt.number;
    entry.exchange = Exchange::start(
        session_.get(), loop_.context(), request,
        [this, id = entry.track->id, number = attempt.number, attempts = block.attempts](const Reply& reply) {
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
    const auto decision = decide(outcome, std::uniform_real_distribution<>(0.0, 1.0)(random_));
    const auto reason = reply.status ? reasonFor(reply.status, !target.authorization.empty()) : reply.error;
    auto notBefore = now;
    switch (decision.verdict) {
    case Verdict::Delivered:
        gate_.accepted(target.credential());
        track.delivered(attempt, reply.status, reply.json);
        break;
    case Verdict::Retry:
        // A cancelled attempt comes back as "no answer" too; what follows it does not have to wait.
        if (track.isCurrent(attempt)) notBefore = now + decision.delay;
        track.retrying(attempt, reply.status, reason, decision.delay);
        break;
    case Verdict::Refused:
        gate_.refused(target.credential(), now);
        [[fallthrough]];
    case Verdict::Failed:
        track.failed(attempt, reply.status, reason);
        break;
    }
    settle(id, notBefore);
    pump();
}

void Dispatcher::settle(TrackId id, Clock::time_point notBefore) {
    scheduler_.finished(id);
    if (tracks_.at(id).track->settled())
        tracks_.erase(id);
    else
        scheduler_.ready(id, notBefore);
}

void Dispatcher::abortStale(TrackId id) {
    const auto it = tracks_.find(id);
    if (it == tracks_.end()) return;
    if (it->second.exchange) {
        if (!it->second.track->isCurrent(it->second.attempt)) it->second.exchange->cancel();
        return;
    }
    // It waits for a retry of a block that is gone: whatever is queued now need not wait as well.
    scheduler_.ready(id, Clock::now());
    pump();
}

} // namespace lm::imentivsink
