#include "plugins/imentivsink/spooldelivery.hpp"

#include "plugins/common/loopthread.hpp"

#include <algorithm>
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
        std::vector<SpoolFile> batch;
        const auto flush = [&] {
            postTo(context.get(), [weak, files = std::exchange(batch, {})] {
                if (const auto self = weak.lock())
                    for (const auto& file : files)
                        self->index_.add({file.name.startedUs, file.name.session, file.name.route},
                                         {file.name.sequence, file.bytes, file.createdS});
            });
        };
        const auto result = store.scan([&](SpoolFile file) {
            batch.push_back(std::move(file));
            if (batch.size() >= kScanBatch) flush();
        });
        flush();
        postTo(context.get(), [weak, result, dead = store.countDead()] {
            const auto self = weak.lock();
            if (!self || self->stopped_) return;
            self->index_.seal();
            self->numbers_.partial += result.partial;
            self->numbers_.foreign = result.foreign;
            self->numbers_.dead = dead;
            if (result.partial > 0)
                self->notice(std::to_string(result.partial) +
                             " half-written blocks of a killed process removed");
            if (result.foreign > 0)
                self->notice(std::to_string(result.foreign) +
                             " entries of the spool directory are not blocks; left");
            self->publish(true);
            self->tick();
            self->host_.pump();
        });
    });
}

void SpoolDelivery::tick() {
    if (stopped_) return;
    expire();
    publish(true);
    runOnDisk([](Store& store) -> std::function<void(SpoolDelivery&)> {
        auto files = store.takeRetried();
        const auto dead = store.countDead();
        return [files = std::move(files), dead](SpoolDelivery& self) {
            for (const auto& file : files)
                self.index_.add({file.name.startedUs, file.name.session, file.name.route},
                                {file.name.sequence, file.bytes, file.createdS});
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
