#include "plugins/blockaggregator/state.hpp"

#include "plugins/common/names.hpp"

#define GST_CAT_DEFAULT gst_block_aggregator_debug

namespace lm::blockaggregator {

namespace {

namespace n = names::blockaggregator;

struct Changes {
    bool gain, peak, rms;
};

Changes publish(State& state, double gain, double peak, double rms) {
    auto published = state.published.lock();
    const Changes changes{published->gain != gain, published->peak != peak, published->rms != rms};
    published->gain = gain;
    published->peak = peak;
    published->rms = rms;
    return changes;
}

GstMessage* messageOf(GstObject* source, const Block& block, double gain, double peak, double rms) {
    GstStructure* fields = gst_structure_new(
        n::msgBlock, "sequence", G_TYPE_UINT64, block.sequence, "sample", G_TYPE_UINT64, block.sample,
        "samples", G_TYPE_UINT64, block.samples, "bytes", G_TYPE_UINT64,
        block.samples * block.format.frameBytes(), "pts-ns", G_TYPE_UINT64,
        block.pts.value_or(GST_CLOCK_TIME_NONE), "utc-ns", G_TYPE_INT64, block.utc.value_or(0), "rate",
        G_TYPE_INT, static_cast<int>(block.format.rate), "channels", G_TYPE_INT,
        static_cast<int>(block.format.channels), n::peak, G_TYPE_DOUBLE, peak, n::rms, G_TYPE_DOUBLE, rms,
        n::gain, G_TYPE_DOUBLE, gain, "clipped", G_TYPE_UINT64, block.levels.clipped, "offset", G_TYPE_DOUBLE,
        block.levels.offset, "hash", G_TYPE_STRING, block.hash.c_str(), "reason", G_TYPE_STRING,
        nameOf(block.reason), nullptr);
    return gst_message_new_element(source, fields);
}

} // namespace

GstFlowReturn deliver(GstBlockAggregator* self, Block block) {
    State& state = *self->state;
    const double gain = gainFor(block.levels, state.settings.lock()->gain);
    const double peak = block.levels.peakDb();
    const double rms = block.levels.rmsDb();
    const Changes changes = publish(state, gain, peak, rms);
    auto* object = G_OBJECT(self);
    if (changes.peak) g_object_notify_by_pspec(object, properties[propPeak]);
    if (changes.rms) g_object_notify_by_pspec(object, properties[propRms]);
    if (changes.gain) g_object_notify_by_pspec(object, properties[propGain]);
    GST_LOG_OBJECT(self, "block %" G_GUINT64_FORMAT ": %" G_GUINT64_FORMAT " frames, %s, gain %.3f",
                   block.sequence, block.samples, nameOf(block.reason), gain);
    gst_element_post_message(GST_ELEMENT(self), messageOf(GST_OBJECT(self), block, gain, peak, rms));
    tell(self, state.sound.observe(block.levels, block.samples, block.format), block.sample + block.samples);
    return gst_pad_push(state.src, block.buffer.release());
}

void tell(GstBlockAggregator* self, const std::vector<SoundAlarm>& alarms, uint64_t sample) {
    for (const SoundAlarm& alarm : alarms) {
        const std::string reason = alarm.reason();
        const auto level = alarm.active && alarm.number == 1 ? GST_LEVEL_WARNING : GST_LEVEL_INFO;
        GST_CAT_LEVEL_LOG(GST_CAT_DEFAULT, level, self, "%s", reason.c_str());
        gst_element_post_message(
            GST_ELEMENT(self),
            gst_message_new_element(
                GST_OBJECT(self),
                gst_structure_new(n::msgSound, "kind", G_TYPE_STRING, nameOf(alarm.fault), "active",
                                  G_TYPE_BOOLEAN, static_cast<gboolean>(alarm.active), "value", G_TYPE_DOUBLE,
                                  alarm.value, "number", G_TYPE_UINT64, alarm.number, "sample", G_TYPE_UINT64,
                                  sample, "reason", G_TYPE_STRING, reason.c_str(), nullptr)));
    }
}

void publishStats(GstBlockAggregator* self) {
    State& state = *self->state;
    const Stats stats = state.assembler->stats();
    state.published.lock()->stats = stats;
    state.pendingFrames = state.assembler->pendingFrames();
    if (stats.droppedFrames == 0 || std::exchange(state.dropLogged, true)) return;
    GST_WARNING_OBJECT(self,
                       "audio is dropped: %" G_GUINT64_FORMAT
                       " frames so far were refused downstream, flushed or "
                       "discarded at a stop without EOS; the number goes on in stats",
                       stats.droppedFrames);
}

void endBlock(GstBlockAggregator* self, Reason reason) {
    State& state = *self->state;
    if (!state.assembler) return;
    const GstFlowReturn flow = state.assembler->end(reason);
    if (flow != GST_FLOW_OK) state.refused = flow;
    publishStats(self);
}

void start(GstBlockAggregator* self) {
    State& state = *self->state;
    const Settings settings = state.settings.copy();
    *state.published.lock() = Published{};
    state.assembler.emplace(BlockLimits::of(settings.groupSeconds, settings.maxBytes),
                            [self](Block block) { return deliver(self, std::move(block)); });
    state.sound = {};
    state.refused = GST_FLOW_OK;
    state.dropLogged = false;
    state.isolate = settings.isolate;
    state.segment.reset();
    state.pendingFrames = 0;
    state.latencyNs = 0;
    state.idle.start(settings.idleFlushMs * GST_MSECOND);
    state.running = true;
}

void stop(GstBlockAggregator* self) {
    State& state = *self->state;
    if (!state.assembler) return;
    state.assembler->discard();
    publishStats(self);
    state.assembler.reset();
    state.left.give();
}

} // namespace lm::blockaggregator
