#include "plugins/imentivsink/sinksession.hpp"

#include "plugins/common/names.hpp"

#include <algorithm>
#include <utility>

namespace lm::imentivsink {

SinkSession::SinkSession(GstElement* element, const Settings& settings, Target target,
                         std::shared_ptr<Spool> spool)
    : drainTimeout_(settings.drainTimeoutMs), sendSilence_(settings.sendSilence),
      reporter_(std::make_shared<Reporter>(element, target)),
      track_(std::make_shared<Track>(std::move(target),
                                     [reporter = reporter_](const Report& r) { (*reporter)(r); })),
      dispatcher_(Dispatcher::shared()), spool_(std::move(spool)),
      utcCaps_(Ref<GstCaps>::adopt(gst_caps_new_empty_simple(lm::names::utcCaps))) {
    const auto dispatcher = dispatcher_.copy();
    dispatcher->setLimits(settings.maxInFlight, settings.maxTotalBytes);
    dispatcher->attach(track_, this->spool());
}

GstFlowReturn SinkSession::render(GstBuffer* buffer) {
    if (ended_) return GST_FLOW_EOS;
    const std::uint64_t bytes = gst_buffer_get_size(buffer);
    if (bytes == 0) return GST_FLOW_OK;
    const auto dispatcher = dispatcher_.copy();
    if (!dispatcher) return GST_FLOW_FLUSHING;

    BlockInfo info = describe(buffer, bytes);
    if (!sendSilence_ && GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_GAP)) {
        ++skipped_;
        track_->skip(info, lm::names::imentivsink::reasonSilence);
        return GST_FLOW_OK;
    }
    info.skipped = std::exchange(skipped_, 0);
    auto share = Budget::take(dispatcher->budget(), bytes);
    if (!share) {
        track_->drop(info, "the undelivered blocks of all tracks have used up their memory");
        return GST_FLOW_OK;
    }
    auto body = std::make_shared<BufferBody>(Ref<GstBuffer>::share(buffer), std::move(*share));
    const bool wanted = track_->push({info, std::move(body), bytes, Clock::now()});
    if (wanted || (track_->target.spools && dispatcher->crowded())) dispatcher->wake(track_);
    return GST_FLOW_OK;
}

BlockInfo SinkSession::describe(GstBuffer* buffer, std::uint64_t bytes) {
    BlockInfo info;
    info.format = format_;
    info.sequence = sequence_++;
    info.samples = bytes / (2 * format_.channels);
    info.sample = GST_BUFFER_OFFSET_IS_VALID(buffer) ? GST_BUFFER_OFFSET(buffer) : nextSample_;
    nextSample_ = info.sample + info.samples;
    info.final = GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_MARKER);
    if (const auto* meta = gst_buffer_get_reference_timestamp_meta(buffer, utcCaps_.get())) {
        info.utcNs = static_cast<std::int64_t>(meta->timestamp);
    } else {
        const auto duration = gst_util_uint64_scale(info.samples, GST_SECOND, format_.rate);
        info.utcNs = g_get_real_time() * 1000 - static_cast<std::int64_t>(duration);
    }
    return info;
}

bool SinkSession::drain(guint32 seqnum) {
    const auto dispatcher = dispatcher_.copy();
    if (!dispatcher) return false;
    reporter_->expectEos(seqnum); // before the track may report that it has drained
    if (!track_->drain()) {
        reporter_->forgetEos();
        return false;
    }
    ended_ = true;
    dispatcher->drainWithin(track_, drainTimeout_);
    return true;
}

void SinkSession::interrupt() {
    reporter_->forgetEos();
    const auto dispatcher = dispatcher_.copy();
    if (dispatcher && track_->target.spools) {
        if (track_->expire(true)) dispatcher->spill(track_);
        return;
    }
    track_->cancel("stopped", true);
    if (dispatcher) dispatcher->abort(track_);
}

void SinkSession::settle() {
    const auto dispatcher = dispatcher_.copy();
    // On its own thread the dispatcher would wait for itself.
    if (!dispatcher || dispatcher->isCurrent()) return;
    if (track_->waitStored(Clock::now() + Spool::kPatience)) return;
    track_->cancel(Dispatcher::kNotStored, true);
    if (const auto spool = this->spool()) dispatcher->forsake(*track_, *spool);
    dispatcher->abort(track_);
}

void SinkSession::close() {
    interrupt();
    settle();
    // Taken out, so that no lock is held while the last user waits for the dispatcher's thread.
    auto dispatcher = std::exchange(*dispatcher_.lock(), nullptr);
    const bool mayWait = dispatcher && !dispatcher->isCurrent();
    if (dispatcher) dispatcher->detach(track_);
    reporter_->silence();
    auto spool = std::exchange(*spool_.lock(), nullptr);
    if (spool) *lastNumbers_.lock() = spool->numbers();
    dispatcher.reset();
    if (!spool) return;
    const std::string directory = spool->directory();
    spool.reset();
    if (mayWait) Spool::awaitClosed(directory);
}

Owned<GstStructure> SinkSession::stats() {
    const auto now = track_->snapshot();
    const Counters& c = now.counters;
    const auto spool = this->spool();
    const SpoolNumbers n = spool ? spool->numbers() : lastNumbers_.copy();
    const std::int64_t age =
        n.oldestS ? std::max<std::int64_t>(0, g_get_real_time() / G_USEC_PER_SEC - *n.oldestS) : 0;
    Owned<GstStructure> s(gst_structure_new_empty("imentivsink-stats"));
    const auto set = [&](const char* name, std::uint64_t value) {
        gst_structure_set(s.get(), name, G_TYPE_UINT64, guint64{value}, nullptr);
    };
    set("accepted", c.accepted);
    set("delivered", c.delivered);
    set("delivered-bytes", c.deliveredBytes);
    set("failed", c.failed);
    set("dropped", c.dropped);
    set("skipped", c.skipped);
    set("retries", c.retries);
    set("spooled", c.spooled);
    set("delivered-from-spool", c.deliveredFromSpool);
    set("dead-lettered", c.deadLettered);
    set("queued-blocks", now.queuedBlocks);
    set("queued-bytes", now.queuedBytes);
    gst_structure_set(s.get(), "in-flight", G_TYPE_UINT, guint{now.inFlight ? 1U : 0U}, nullptr);
    set("last-latency-ns", c.lastLatencyNs);
    set("spool-blocks", n.waiting.files);
    set("spool-bytes", n.waiting.bytes);
    set("spool-oldest-age-ns", static_cast<std::uint64_t>(age) * GST_SECOND);
    set("spool-dead-blocks", n.dead.files);
    set("spool-dead-bytes", n.dead.bytes);
    set("spool-bad-files", n.bad);
    set("spool-gone-files", n.gone);
    set("spool-partial-files", n.partial);
    set("spool-refused-blocks", n.refused);
    set("spool-unwritten-blocks", n.unwritten);
    gst_structure_set(s.get(), "circuit", G_TYPE_STRING, track_->circuit(), nullptr);
    return s;
}

} // namespace lm::imentivsink
