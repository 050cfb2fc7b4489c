#include "plugins/imentivsink/sinksession.hpp"

#include "plugins/common/names.hpp"

#include <utility>

namespace lm::imentivsink {

SinkSession::SinkSession(GstElement* element, const Settings& settings, Target target)
    : drainTimeout_(settings.drainTimeoutMs), reporter_(std::make_shared<Reporter>(element, target)),
      track_(std::make_shared<Track>(std::move(target),
                                     [reporter = reporter_](const Report& r) { (*reporter)(r); })),
      dispatcher_(Dispatcher::shared()),
      utcCaps_(Ref<GstCaps>::adopt(gst_caps_new_empty_simple(lm::names::utcCaps))) {
    (*dispatcher_.lock())->setLimit(settings.maxInFlight);
}

GstFlowReturn SinkSession::render(GstBuffer* buffer) {
    if (ended_) return GST_FLOW_EOS;
    const std::uint64_t bytes = gst_buffer_get_size(buffer);
    if (bytes == 0) return GST_FLOW_OK;
    const auto dispatcher = dispatcher_.copy();
    if (!dispatcher) return GST_FLOW_FLUSHING;

    const BlockInfo info = describe(buffer, bytes);
    auto share = Budget::take(dispatcher->budget(), bytes);
    if (!share) {
        track_->drop(info, "the undelivered blocks of all tracks have used up their memory");
        return GST_FLOW_OK;
    }
    auto body = std::make_shared<BufferBody>(Ref<GstBuffer>::share(buffer), std::move(*share));
    if (track_->push({info, std::move(body), bytes, Clock::now()})) dispatcher->wake(track_);
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
    track_->cancel("stopped", true);
    if (const auto dispatcher = dispatcher_.copy()) dispatcher->abort(track_);
}

void SinkSession::close() {
    interrupt();
    // Swapped out, so that the lock is not held while the last user waits for the dispatcher's thread.
    const auto dispatcher = std::exchange(*dispatcher_.lock(), nullptr);
    reporter_->silence();
}

Owned<GstStructure> SinkSession::stats() {
    const auto now = track_->snapshot();
    const Counters& c = now.counters;
    return Owned<GstStructure>(gst_structure_new(
        "imentivsink-stats", "accepted", G_TYPE_UINT64, guint64{c.accepted}, "delivered", G_TYPE_UINT64,
        guint64{c.delivered}, "delivered-bytes", G_TYPE_UINT64, guint64{c.deliveredBytes}, "failed",
        G_TYPE_UINT64, guint64{c.failed}, "dropped", G_TYPE_UINT64, guint64{c.dropped}, "retries",
        G_TYPE_UINT64, guint64{c.retries}, "queued-blocks", G_TYPE_UINT64, guint64{now.queuedBlocks},
        "queued-bytes", G_TYPE_UINT64, guint64{now.queuedBytes}, "in-flight", G_TYPE_UINT,
        guint{now.inFlight ? 1U : 0U}, "last-latency-ns", G_TYPE_UINT64, guint64{c.lastLatencyNs}, nullptr));
}

} // namespace lm::imentivsink
