#include "plugins/imentivsink/spooldelivery.hpp"

#include "plugins/common/loopthread.hpp"
#include "plugins/imentivsink/encoding.hpp"

#include <utility>

/// The way into the spool: out of memory, onto the disk.
namespace lm::imentivsink {

std::optional<std::string> SpoolDelivery::refusal(std::uint64_t bytes, std::uint64_t most) const {
    const std::uint64_t waiting = index_.totals().bytes + pendingBytes_ + bytes;
    if (waiting <= most && waiting + numbers_.dead.bytes <= 2 * most) return std::nullopt;
    return waiting <= most ? "the dead letters fill the spool" : "the spool is full";
}

void SpoolDelivery::store(const std::shared_ptr<Track>& track, const TrackQueue::Attempt& attempt,
                          std::vector<Ref<GBytes>> payload, unsigned status, const std::string& reason,
                          std::optional<std::string> answer) {
    const Target& target = track->target;
    const Block& block = attempt.block;
    if (const auto full = refusal(block.bytes, target.spoolMaxBytes)) {
        ++numbers_.refused;
        if (!std::exchange(full_, true)) notice(*full + ": further blocks that cannot be delivered are lost");
        publish(false);
        return track->notStored(attempt.number, *full + " (" + reason + ")");
    }
    full_ = false;
    SpoolWrite write;
    write.name = {target.startedUs, target.session, target.route, block.info.sequence};
    write.record = {
        redactedUrl(target.endpoint),
        requestQuery(target.identity, block.info.format),
        contentType(target.payload, block.info.format),
        requestHeaders(target.identity, block.info, idempotencyKey(target.session, block.info.sequence)),
        target.identity,
        block.info,
        target.session,
        0,
        "",
        0,
        block.attempts,
        reason};
    write.payload = std::move(payload);
    write.answer = std::move(answer);
    pendingBytes_ += block.bytes;
    // The body counts as memory until the disk has it, also when the track has long given up.
    spool_->write(std::move(write),
                  [weak = weak_from_this(), track, number = attempt.number, body = block.body,
                   bytes = block.bytes, context = Ref<GMainContext>::share(host_.context()), status,
                   reason](SpoolWrite written, std::optional<std::string> error) mutable {
                      written.payload.clear();
                      body.reset();
                      postTo(context.get(), [=] {
                          const auto self = weak.lock();
                          if (!self) return;
                          self->pendingBytes_ -= bytes;
                          self->onStored(track, number, written, error, status, reason);
                      });
                  });
}

void SpoolDelivery::onStored(const std::shared_ptr<Track>& track, std::uint64_t number,
                             const SpoolWrite& block, const std::optional<std::string>& error,
                             unsigned status, const std::string& reason) {
    const std::int64_t created = block.record.createdNs / 1'000'000'000;
    if (error) {
        ++numbers_.unwritten;
        track->notStored(number, *error);
    } else if (block.answer) {
        ++numbers_.dead.files;
        numbers_.dead.bytes += block.size;
        track->deadLettered(number, status, reason);
    } else {
        index_.add(laneOf(track->target), {block.name.sequence, block.size, created});
        track->spooled(number, status, reason);
    }
    publish(index_.totals().blocks <= 1);
    host_.stored(track->id);
}

} // namespace lm::imentivsink
