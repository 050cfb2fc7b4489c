#include "plugins/imentivsink/dispatcher.hpp"

#include "plugins/imentivsink/encoding.hpp"

#include <utility>

/// One request: whether it goes out, what it carries, and what its answer means for the block.
namespace lm::imentivsink {
namespace {

constexpr char kUnreadable[] = "the memory of the block cannot be read";

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

void Dispatcher::begin(Entry& entry) {
    Track& track = *entry.track;
    const auto now = Clock::now();
    // Others may have set out for the spool since it was found ready: it must not overtake them.
    if (mustStore(entry)) return settle(track.id, now);
    const auto attempt = track.begin();
    if (!attempt) return settle(track.id, now);
    if (mustAsk(entry) && !circuits_.admit(track.target, now).go) {
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
        circuits_.answered(track.target, Answer::None, now, 0, "");
        track.failed(attempt->number, 0, kUnreadable);
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
    const auto reason = reasonOf(reply, !target.authorization.empty());
    // A cancelled attempt comes back as "no answer" too; what follows it does not have to wait.
    const auto notBefore = track.isCurrent(attempt) ? now + decision.delay : now;
    // Without a spool, whose blocks wait on disk, only a refused key is a reason not to ask; but then this
    // was the probe, and whoever is admitted must be answered.
    const Answer answer = answerOf(reply);
    if (answer != Answer::Bad || mustAsk(entry)) circuits_.answered(target, answer, now, chance(), reason);
    if (decision.verdict == Verdict::Delivered)
        track.delivered(attempt, reply.status, reply.json);
    else if (decision.verdict == Verdict::Retry && !mustStore(entry))
        track.retrying(attempt, reply.status, reason, decision.delay);
    else
        giveUp(entry, attempt, reply, reason);
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
    if (body.empty()) return track.notStored(dead->number, kUnreadable);
    entry.spool->store(entry.track, *dead, std::move(body), reply.status, reason,
                       answerText(reply.status, reason, reply));
}

/// The circuit decides whether its requests go out, and hears of every answer.
bool Dispatcher::mustAsk(const Entry& entry) const {
    return entry.spool || circuits_.isRefused(entry.track->target);
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
        if (body.empty()) {
            entry.track->notStored(block.number, kUnreadable);
            continue;
        }
        const bool tried = block.block.attempts > 0;
        entry.spool->store(entry.track, block, std::move(body), tried ? status : 0, tried ? reason : kBehind);
    }
}

} // namespace lm::imentivsink
