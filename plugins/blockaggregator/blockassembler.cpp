#include "plugins/blockaggregator/blockassembler.hpp"

#include "plugins/common/names.hpp"

#include <algorithm>
#include <cstring>

namespace lm::blockaggregator {

namespace {

/// Lives as long as the process.
GstCaps* utcCaps() {
    static GstCaps* const caps = [] {
        GstCaps* fresh = gst_caps_new_empty_simple(names::utcCaps);
        GST_MINI_OBJECT_FLAG_SET(fresh, GST_MINI_OBJECT_FLAG_MAY_BE_LEAKED);
        return fresh;
    }();
    return caps;
}

std::optional<uint64_t> ptsOf(GstBuffer* buffer) {
    if (!GST_BUFFER_PTS_IS_VALID(buffer)) return std::nullopt;
    return GST_BUFFER_PTS(buffer);
}

} // namespace

const char* nameOf(Reason reason) {
    namespace n = names::blockaggregator;
    switch (reason) {
    case Reason::duration:
        return n::reasonDuration;
    case Reason::size:
        return n::reasonSize;
    case Reason::eos:
        return n::reasonEos;
    case Reason::flush:
        return n::reasonFlush;
    case Reason::idle:
        return n::reasonIdle;
    case Reason::discont:
        return n::reasonDiscont;
    case Reason::caps:
        return n::reasonCaps;
    }
    return "";
}

GstFlowReturn BlockAssembler::setFormat(AudioFormat format) {
    if (planner_ && format == format_) return GST_FLOW_OK;
    const GstFlowReturn flow = end(Reason::caps);
    dropIncomplete();
    format_ = format;
    timeline_.setRate(position_, format.rate);
    planner_.emplace(limits_, format);
    expect();
    return flow;
}

GstFlowReturn BlockAssembler::correctFormat(AudioFormat format) {
    if (!planner_ || format == format_) return GST_FLOW_OK;
    const GstFlowReturn flow = end(Reason::caps);
    for (uint64_t* frames : {&position_, &stats_.frames, &stats_.droppedFrames})
        *frames = *frames * format_.frameBytes() / format.frameBytes();
    format_ = format;
    timeline_.setRate(position_, format.rate);
    timeline_.forget();
    planner_.emplace(limits_, format);
    expect();
    discont_ = true;
    return flow;
}

GstFlowReturn BlockAssembler::add(GstBuffer* buffer) {
    GstFlowReturn flow = resync(buffer);
    if (const auto* meta = gst_buffer_get_reference_timestamp_meta(buffer, utcCaps()))
        timeline_.observeUtc(position_, static_cast<int64_t>(meta->timestamp));
    const guint memories = gst_buffer_n_memory(buffer);
    for (guint i = 0; i < memories; ++i) {
        GstMemory* memory = gst_buffer_peek_memory(buffer, i);
        if (flow == GST_FLOW_OK)
            flow = addBytes(memory, 0, memory->size);
        else
            refuse(memory->size);
    }
    return flow;
}

GstFlowReturn BlockAssembler::resync(GstBuffer* buffer) {
    const auto pts = ptsOf(buffer);
    const bool flagged = GST_BUFFER_IS_DISCONT(buffer);
    GstFlowReturn flow = GST_FLOW_OK;
    const bool jump = timeline_.jumps(position_, pts, flagged);
    if (jump) {
        flow = end(Reason::discont);
        dropIncomplete();
        discont_ = true;
    }
    if (pts && (jump || !timeline_.anchored())) timeline_.anchor(position_, *pts);
    return flow;
}

GstFlowReturn BlockAssembler::addBytes(GstMemory* memory, size_t offset, size_t size) {
    const MappedMemory mapped(memory, GST_MAP_READ);
    if (!mapped) {
        refuse(size);
        return GST_FLOW_ERROR;
    }
    const guint8* data = mapped.data() + offset;
    if (!incomplete_.empty()) return addJoined(data, size);
    const size_t odd = size % format_.frameBytes();
    const size_t whole = size - odd;
    incomplete_.assign(data + whole, data + size);
    return addFrames(memory, offset, std::as_bytes(std::span(data, whole)));
}

GstFlowReturn BlockAssembler::addJoined(const guint8* data, size_t size) {
    // The samples are at odd places now, so they are moved: elements downstream expect them aligned.
    const size_t before = incomplete_.size();
    const size_t whole = (before + size) / format_.frameBytes() * format_.frameBytes();
    if (whole == 0) {
        incomplete_.insert(incomplete_.end(), data, data + size);
        return GST_FLOW_OK;
    }
    const auto memory = Ref<GstMemory>::adopt(gst_allocator_alloc(nullptr, whole, nullptr));
    GstMapInfo info;
    gst_memory_map(memory.get(), &info, GST_MAP_WRITE); // own system memory: cannot fail
    std::memcpy(info.data, incomplete_.data(), before);
    std::memcpy(info.data + before, data, whole - before);
    gst_memory_unmap(memory.get(), &info);
    stats_.copiedBytes += whole;
    incomplete_.clear();
    incomplete_.assign(data + (whole - before), data + size);
    const MappedMemory joined(memory.get(), GST_MAP_READ);
    return addFrames(memory.get(), 0, std::as_bytes(std::span(joined.data(), whole)));
}

GstFlowReturn BlockAssembler::addFrames(GstMemory* memory, size_t offset, std::span<const std::byte> data) {
    while (!data.empty()) {
        const auto fit = std::min<uint64_t>(planner_->remaining(), data.size() / format_.frameBytes());
        const size_t bytes = fit * format_.frameBytes();
        if (!chain_.append(memory, offset, bytes)) {
            discard(); // what the chain holds is not certain any more
            skip(data.size() / format_.frameBytes());
            return GST_FLOW_ERROR;
        }
        meter_.add(data.first(bytes));
        hash_.add(data.first(bytes));
        planner_->take(fit);
        position_ += fit;
        offset += bytes;
        data = data.subspan(bytes);
        if (planner_->remaining() > 0) continue;
        if (const GstFlowReturn flow = complete(); flow != GST_FLOW_OK) {
            skip(data.size() / format_.frameBytes());
            return flow;
        }
    }
    return GST_FLOW_OK;
}

GstFlowReturn BlockAssembler::complete() {
    Block block = cut(planner_->end() == BlockPlanner::End::size ? Reason::size : Reason::duration);
    planner_->advance();
    expect();
    return hand(std::move(block));
}

GstFlowReturn BlockAssembler::end(Reason reason) {
    GstFlowReturn flow = GST_FLOW_OK;
    if (pendingFrames() > 0) {
        Block block = cut(reason);
        planner_->restart();
        expect();
        flow = hand(std::move(block));
    }
    if (reason == Reason::eos) dropIncomplete();
    return flow;
}

Block BlockAssembler::cut(Reason reason) {
    const uint64_t samples = planner_->taken();
    Block block{.buffer = chain_.take(),
                .reason = reason,
                .sequence = sequence_++,
                .sample = position_ - samples,
                .samples = samples,
                .format = format_,
                .levels = meter_.levels(),
                .hash = hash_.hex(),
                .pts = timeline_.pts(position_ - samples),
                .utc = timeline_.utc(position_ - samples)};
    meter_.reset();
    hash_.reset();
    stamp(block);
    discont_ = false;
    return block;
}

void BlockAssembler::stamp(Block& block) const {
    GstBuffer* buffer = block.buffer.get();
    GST_BUFFER_OFFSET(buffer) = block.sample;
    GST_BUFFER_OFFSET_END(buffer) = position_;
    GST_BUFFER_DURATION(buffer) = gst_util_uint64_scale(block.samples, GST_SECOND, block.format.rate);
    if (block.pts) {
        // To the start of the next block, so that blocks meet although a frame is no whole number of
        // nanoseconds.
        GST_BUFFER_PTS(buffer) = *block.pts;
        GST_BUFFER_DURATION(buffer) = *timeline_.pts(position_) - *block.pts;
    }
    if (discont_) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
    if (block.levels.peak == 0) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_GAP);
    if (block.reason == Reason::eos) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_MARKER);
    if (block.utc && *block.utc >= 0)
        gst_buffer_add_reference_timestamp_meta(buffer, utcCaps(), static_cast<GstClockTime>(*block.utc),
                                                GST_BUFFER_DURATION(buffer));
}

GstFlowReturn BlockAssembler::hand(Block block) {
    const uint64_t frames = block.samples;
    const uint64_t bytes = frames * block.format.frameBytes();
    const GstFlowReturn flow = deliver_(std::move(block));
    if (flow == GST_FLOW_OK) {
        ++stats_.blocks;
        stats_.frames += frames;
        stats_.bytes += bytes;
    } else {
        stats_.droppedFrames += frames;
        discont_ = true;
    }
    return flow;
}

void BlockAssembler::discard() {
    dropIncomplete();
    discont_ = true;
    timeline_.forget();
    chain_.clear();
    meter_.reset();
    hash_.reset();
    if (!planner_) return;
    stats_.droppedFrames += planner_->taken();
    planner_->restart();
    expect();
}

void BlockAssembler::refuse(size_t bytes) {
    if (!planner_) return;
    const size_t total = incomplete_.size() + bytes;
    skip(total / format_.frameBytes());
    incomplete_.assign(total % format_.frameBytes(), 0);
}

void BlockAssembler::skip(uint64_t frames) {
    if (frames == 0) return;
    stats_.droppedFrames += frames;
    position_ += frames;
    discont_ = true;
}

void BlockAssembler::dropIncomplete() {
    stats_.incompleteBytes += incomplete_.size();
    incomplete_.clear();
}

Stats BlockAssembler::stats() const {
    Stats stats = stats_;
    stats.copiedBytes += chain_.copiedBytes();
    return stats;
}

} // namespace lm::blockaggregator
