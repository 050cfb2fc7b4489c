#include "plugins/imentivsink/spooldelivery.hpp"

#include "plugins/common/loopthread.hpp"
#include "plugins/imentivsink/encoding.hpp"
#include "plugins/imentivsink/retrypolicy.hpp"

#include <algorithm>
#include <utility>

namespace lm::imentivsink {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongestPause{60'000}; // between two attempts at one spooled block

std::int64_t utcSeconds() {
    return g_get_real_time() / G_USEC_PER_SEC;
}

} // namespace

std::string answerText(unsigned status, const std::string& reason, const Reply& reply) {
    std::string text = "reason: " + headerValue(reason) + "\nstatus: " + std::to_string(status) + "\n";
    for (const auto& [name, value] : reply.headers)
        text += name + ": " + headerValue(value) + "\n";
    return text + "\n" + reply.refusal;
}

SpoolDelivery::SpoolDelivery(std::shared_ptr<Spool> spool, DeliveryHost& host)
    : spool_(std::move(spool)), host_(host) {}

/// Runs `job` on the disk's thread and what it returns here, unless this has gone meanwhile.
void SpoolDelivery::runOnDisk(std::function<std::function<void(SpoolDelivery&)>(Store&)> job) {
    spool_->run([job = std::move(job), weak = weak_from_this(),
                 context = Ref<GMainContext>::share(host_.context())](Store& store) {
        postTo(context.get(), [weak, then = job(store)] {
            if (const auto self = weak.lock(); self && !self->stopped_) then(*self);
        });
    });
}

void SpoolDelivery::stop() {
    stopped_ = true;
    timer_ = Timer();
    tick_ = Timer();
    for (const auto& exchange : exchanges_)
        exchange->cancel();
    // What is being read or sent is given back now: nobody waits for how it ends.
    for (const auto& [lane, target] : std::exchange(admitted_, {}))
        host_.circuits().answered(target, Answer::None, Clock::now(), 0, "");
}

void SpoolDelivery::attach(std::shared_ptr<Track> user) {
    users_.push_back(std::move(user));
}

void SpoolDelivery::detach(TrackId user) {
    std::erase_if(users_, [&](const auto& u) { return u->id == user; });
}

SpoolIndex::LaneKey SpoolDelivery::laneOf(const Target& target) {
    return {target.startedUs, target.session, target.route};
}

/// Who tells of a spooled block: its own sink while there is one, else the oldest one with that endpoint.
Track* SpoolDelivery::teller(const std::string& session, std::uint64_t route) const {
    Track* best = users_.empty() ? nullptr : users_.front().get();
    bool matching = false;
    for (const auto& user : users_) {
        if (user->target.session == session) return user.get();
        if (!matching && user->target.route == route) {
            best = user.get();
            matching = true;
        }
    }
    return best;
}

/// With whose key it is sent: its own sink's, else the newest one's with that endpoint.
const Target* SpoolDelivery::targetFor(const Head& head) const {
    const Target* best = nullptr;
    for (const auto& user : users_) {
        if (user->target.route != head.lane.route) continue;
        best = &user->target;
        if (user->target.session == head.lane.session) break;
    }
    return best;
}

/// An older block of the same track is still in memory.
bool SpoolDelivery::isHeld(const Head& head) const {
    for (const auto& user : users_)
        if (user->target.session == head.lane.session)
            return user->oldest().value_or(head.item.sequence) < head.item.sequence;
    return false;
}

void SpoolDelivery::pump() {
    if (stopped_ || !index_.sealed()) return;
    timer_ = Timer();
    std::optional<Clock::time_point> wake;
    std::set<std::uint64_t> routes;
    for (const auto& user : users_)
        if (routes.insert(user->target.route).second) drain(user->target.route, wake);
    if (wake) {
        const auto delay = std::max(milliseconds(1), std::chrono::ceil<milliseconds>(*wake - Clock::now()));
        timer_ = Timer(host_.context(), delay, [this] { host_.pump(); });
    }
}

void SpoolDelivery::drain(std::uint64_t route, std::optional<Clock::time_point>& wake) {
    const auto wakeAt = [&](std::optional<Clock::time_point> at) {
        if (at) wake = std::min(wake.value_or(*at), *at);
    };
    while (host_.mayStart(admitted_.size())) {
        const auto now = Clock::now();
        const auto head = index_.next(route, now);
        if (!head) return wakeAt(index_.wakeAt(route));
        if (isHeld(*head)) {
            index_.park(*head);
            continue;
        }
        if (head->item.createdS < tooOldBefore()) {
            buryTooOld(*head);
            continue;
        }
        const Target* target = targetFor(*head);
        const auto admission = host_.circuits().admit(*target, now);
        if (!admission.go) {
            index_.putBack(*head);
            return wakeAt(admission.next);
        }
        admitted_.emplace(head->lane, *target);
        load(*head);
    }
}

void SpoolDelivery::load(const Head& head) {
    runOnDisk([head](Store& store) -> std::function<void(SpoolDelivery&)> {
        return [head, read = store.read(head.file())](SpoolDelivery& self) mutable {
            self.onLoaded(head, std::move(read));
        };
    });
}

void SpoolDelivery::onLoaded(const Head& head, SpoolRead read) {
    if (auto* block = std::get_if<SpoolLoaded>(&read)) {
        unreadable_ = false;
        failedReads_.erase(head.lane);
        return send(head, std::move(*block));
    }
    answered(head, Answer::None, "");
    onTrouble(head, std::get<SpoolTrouble>(read));
}

void SpoolDelivery::onTrouble(const Head& head, SpoolTrouble trouble) {
    if (trouble != SpoolTrouble::Failing) failedReads_.erase(head.lane);
    switch (trouble) {
    case SpoolTrouble::Unreadable:
        readLater(head);
        break;
    case SpoolTrouble::Failing:
        if (++failedReads_[head.lane] >= kMostReads) return putAside(head);
        readLater(head);
        break;
    case SpoolTrouble::Bad:
        onAside(head, "not a whole block, it is in bad/ now: ");
        break;
    case SpoolTrouble::Gone:
        ++numbers_.gone;
        notice("a block was taken away, it is not delivered: " + head.file().text());
        index_.done(head);
        publish(true);
        break;
    }
    host_.pump();
}

void SpoolDelivery::readLater(const Head& head) {
    if (!std::exchange(unreadable_, true))
        notice("a block cannot be read now, it is tried again: " + head.file().text());
    index_.later(head, Clock::now() + kUnreadablePause);
}

/// One that the disk has lost would keep all that is behind it from being delivered, for ever.
void SpoolDelivery::putAside(const Head& head) {
    failedReads_.erase(head.lane);
    runOnDisk([head](Store& store) -> std::function<void(SpoolDelivery&)> {
        return [head, aside = store.setAside(head.file())](SpoolDelivery& self) {
            if (aside)
                self.onAside(head, "the disk cannot read a block any more, it is in bad/ now: ");
            else
                self.readLater(head);
            self.host_.pump();
        };
    });
}

void SpoolDelivery::onAside(const Head& head, const std::string& why) {
    ++numbers_.bad;
    notice(why + head.file().text());
    index_.done(head);
    publish(true);
}

void SpoolDelivery::send(const Head& head, SpoolLoaded block) {
    const Target& target = admitted_.at(head.lane);
    auto sent = std::make_shared<Sent>(Sent{head, std::move(block.record), nullptr});
    const Request request{withQuery(target.endpoint, sent->record.query),
                          sent->record.contentType,
                          target.authorization,
                          sent->record.headers,
                          {std::move(block.payload)},
                          target.timeout};
    sent->exchange = host_.post(request, [weak = weak_from_this(), sent](const Reply& reply) {
        if (const auto self = weak.lock()) self->onReply(sent, reply);
    });
    exchanges_.insert(sent->exchange);
}

void SpoolDelivery::onReply(const std::shared_ptr<Sent>& sent, const Reply& reply) {
    exchanges_.erase(std::exchange(sent->exchange, nullptr));
    if (stopped_) return;
    settle(*sent, reply);
    host_.pump();
}

void SpoolDelivery::answered(const Head& head, Answer answer, const std::string& reason) {
    const auto admitted = admitted_.extract(head.lane);
    host_.circuits().answered(admitted.mapped(), answer, Clock::now(), host_.chance(), reason);
}

void SpoolDelivery::settle(const Sent& sent, const Reply& reply) {
    const Record& record = sent.record;
    const unsigned attempts = sent.head.attempts + 1;
    const auto now = Clock::now();
    const auto reason = reasonOf(reply, !admitted_.at(sent.head.lane).authorization.empty());
    answered(sent.head, answerOf(reply), reason);
    switch (judge(reply.status)) {
    case Verdict::Delivered: {
        auto receipt = Spool::receipt(spool_, sent.head.file());
        index_.done(sent.head);
        const std::int64_t age = std::max<std::int64_t>(0, g_get_real_time() * 1000 - record.createdNs);
        if (Track* track = teller(record.session, sent.head.lane.route))
            track->tell(DeliveredFromSpool{record.block,
                                           {record.identity, record.session},
                                           attempts,
                                           reply.status,
                                           static_cast<std::uint64_t>(age),
                                           reply.json,
                                           track->target.receipts ? std::move(receipt) : nullptr});
        publish(index_.totals().blocks == 0);
        break;
    }
    case Verdict::Retry: {
        const auto asked = parseRetryAfter(reply.retryAfter, utcSeconds()).value_or(milliseconds(0));
        const auto pause = std::max(backoff(attempts, host_.chance()), asked);
        index_.later(sent.head, now + std::min(pause, kLongestPause));
        break;
    }
    case Verdict::Refused:
        index_.later(sent.head, now);
        break;
    case Verdict::Failed:
        bury(sent, reply.status, reason, answerText(reply.status, reason, reply));
        break;
    }
}

void SpoolDelivery::bury(const Sent& sent, unsigned status, const std::string& reason,
                         const std::string& answer) {
    runOnDisk(
        [=, head = sent.head, record = sent.record](Store& store) -> std::function<void(SpoolDelivery&)> {
            const bool buried = store.bury(head.file(), answer);
            return [=](SpoolDelivery& self) {
                if (!buried) {
                    self.notice("a block cannot be moved to the dead letters, it is tried again: " +
                                head.file().text());
                    return self.index_.later(head, Clock::now() + kLongestPause);
                }
                self.index_.done(head);
                ++self.numbers_.dead.files;
                self.numbers_.dead.bytes += head.item.bytes;
                if (Track* track = self.teller(record.session, head.lane.route))
                    track->tell(DeadLettered{
                        record.block, {record.identity, record.session}, head.attempts + 1, status, reason});
                self.publish(true);
                self.host_.pump();
            };
        });
}

} // namespace lm::imentivsink
