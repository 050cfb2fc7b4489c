#include "plugins/imentivsink/spooldelivery.hpp"

#include "plugins/common/loopthread.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

/// What is found at the start, grows too old or is put back by hand; and the numbers.
namespace lm::imentivsink {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick{2000}; // between two looks at retry/ and at the ages
constexpr std::size_t kScanBatch = 1024;
constexpr unsigned kExpiredAtOnce = 64;

} // namespace

void SpoolDelivery::start() {
    spool_->run([weak = weak_from_this(), context = Ref<GMainContext>::share(host_.context())](Store& store) {
        std::vector<SpoolFile> found;
        const auto result = store.scan([&](SpoolFile file) { found.push_back(std::move(file)); });
        // In batches, between which the thread does other things.
        for (auto at = found.begin(); result.whole && at != found.end();) {
            const auto end = at + std::min<std::ptrdiff_t>(kScanBatch, found.end() - at);
            std::vector<SpoolFile> batch(std::make_move_iterator(at), std::make_move_iterator(end));
            postTo(context.get(), [weak, files = std::move(batch)] {
                if (const auto self = weak.lock()) self->take(files);
            });
            at = end;
        }
        postTo(context.get(), [weak, result, dead = store.countDead()] {
            if (const auto self = weak.lock(); self && !self->stopped_) self->onScanned(result, dead);
        });
    });
}

void SpoolDelivery::take(const std::vector<SpoolFile>& files) {
    for (const auto& file : files)
        index_.add({file.name.startedUs, file.name.session, file.name.route},
                   {file.name.sequence, file.bytes, file.createdS});
}

void SpoolDelivery::onScanned(const Store::Scan& scan, SpoolCount dead) {
    numbers_.partial += scan.partial;
    if (scan.partial > 0)
        notice(std::to_string(scan.partial) + " half-written blocks of a killed process removed");
    if (!scan.whole) {
        // Not sealed: what is not known yet must not be overtaken.
        if (!std::exchange(unreadable_, true)) notice("the directory cannot be read now, it is tried again");
        tick_ = Timer(host_.context(), kUnreadablePause, [this] { start(); });
        return;
    }
    unreadable_ = false;
    index_.seal();
    numbers_.foreign = scan.foreign;
    numbers_.dead = dead;
    if (scan.foreign > 0)
        notice(std::to_string(scan.foreign) + " entries of the spool directory are not blocks; left");
    publish(true);
    tick();
    host_.pump();
}

void SpoolDelivery::tick() {
    if (stopped_) return;
    expire();
    publish(true);
    runOnDisk([](Store& store) -> std::function<void(SpoolDelivery&)> {
        auto files = store.takeRetried();
        const auto dead = store.countDead();
        return [files = std::move(files), dead](SpoolDelivery& self) {
            self.take(files);
            self.numbers_.dead = dead;
            // Armed only now: a disk that hangs is not asked twice.
            self.tick_ = Timer(self.host_.context(), kTick, [&self] { self.tick(); });
            if (!files.empty()) self.host_.pump();
        };
    });
}

/// Blocks that were put there earlier (UTC, seconds) are too old to be delivered.
std::int64_t SpoolDelivery::tooOldBefore() const {
    if (users_.empty()) return std::numeric_limits<std::int64_t>::min();
    return ages_.now(g_get_real_time() / G_USEC_PER_SEC, Clock::now()) -
           users_.back()->target.spoolMaxAge.count();
}

/// Also those for an endpoint that nobody uses any more; others are looked at before they are sent.
void SpoolDelivery::expire() {
    const auto before = tooOldBefore();
    for (unsigned i = 0; i < kExpiredAtOnce; ++i) {
        const auto head = index_.takeOlderThan(before);
        if (!head) return;
        buryTooOld(*head);
    }
}

void SpoolDelivery::buryTooOld(const Head& head) {
    runOnDisk([head](Store& store) -> std::function<void(SpoolDelivery&)> {
        auto read = store.read(head.file());
        return [head, read = std::move(read)](SpoolDelivery& self) mutable {
            if (auto* block = std::get_if<SpoolLoaded>(&read)) {
                self.failedReads_.erase(head.lane);
                const std::string why = "it was not delivered before the maximum age of the spool";
                return self.bury({head, std::move(block->record), nullptr}, 0, why, answerText(0, why, {}));
            }
            self.onTrouble(head, std::get<SpoolTrouble>(read));
        };
    });
}

void SpoolDelivery::notice(const std::string& text) {
    if (!users_.empty()) users_.front()->tell(SpoolNotice{text});
}

void SpoolDelivery::publish(bool age) {
    numbers_.waiting = {index_.totals().blocks, index_.totals().bytes};
    if (age) numbers_.oldestS = index_.oldestS();
    spool_->publish(numbers_);
}

} // namespace lm::imentivsink
