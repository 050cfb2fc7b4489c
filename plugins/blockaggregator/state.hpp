#pragma once

#include "plugins/blockaggregator/blockassembler.hpp"
#include "plugins/blockaggregator/gstblockaggregator.h"
#include "plugins/blockaggregator/idletimer.hpp"
#include "plugins/blockaggregator/levelmeter.hpp"
#include "plugins/blockaggregator/soundwatch.hpp"
#include "plugins/common/guarded.hpp"
#include "plugins/common/handover.hpp"

#include <array>
#include <atomic>
#include <limits>
#include <optional>

GST_DEBUG_CATEGORY_EXTERN(gst_block_aggregator_debug);

namespace lm::blockaggregator {

struct Settings {
    // Read when the element goes to PAUSED.
    double groupSeconds = 2;
    guint maxBytes = 8 * 1024 * 1024;
    guint idleFlushMs = 3000;
    bool isolate = false;
    // Read for every block.
    GainLimits gain;
};

/// What properties show: written by the streaming thread, read by any.
struct Published {
    double gain = 1;
    double peak = -std::numeric_limits<double>::infinity(); // dBFS
    double rms = -std::numeric_limits<double>::infinity();  // dBFS
    Stats stats;
};

/// Everything the element is made of. Lock order: stream lock of the sink pad, then any one of the Guarded.
struct State {
    explicit State(GstBlockAggregator* self);

    GstPad* const sink; // owned by the element
    GstPad* const src;  // owned by the element
    Guarded<Settings> settings;
    Guarded<Published> published;
    IdleTimer idle;

    // Under the stream lock of the sink pad. The assembler exists from READY_TO_PAUSED to PAUSED_TO_READY.
    std::optional<BlockAssembler> assembler;
    SoundWatch sound;
    GstFlowReturn refused =
        GST_FLOW_OK; // what a push outside the chain function met: the next buffer returns it
    bool dropLogged = false;
    std::atomic<bool> isolate = false; // of the settings, fixed at start; any thread
    std::optional<GstSegment> segment;

    // Any thread.
    std::atomic<bool> running = false;
    std::atomic<uint64_t> pendingFrames = 0; // of the current block
    std::atomic<uint64_t> latencyNs = 0;     // 0 before there is a format
    std::atomic<uint64_t> flushes = 0;       // FLUSH_STOP events, so that a late job knows its audio is gone
    HandOver left; // by late jobs, and at the stop: the last handle may be dropped anywhere
};

/// The streaming side of the element; the stream lock is held by all but start().
void start(GstBlockAggregator* self);
/// After the pads have been deactivated.
void stop(GstBlockAggregator* self);
/// Ends the current block outside the chain function.
void endBlock(GstBlockAggregator* self, Reason reason);
/// Tells what has become of the sound of the track; `sample` is the first frame after what was judged.
void tell(GstBlockAggregator* self, const std::vector<SoundAlarm>& alarms, uint64_t sample);
/// Shows the assembler's numbers to other threads, and logs the first loss of a run.
void publishStats(GstBlockAggregator* self);
/// Names and values change before the block is pushed: properties, notification, message, push.
GstFlowReturn deliver(GstBlockAggregator* self, Block block);

GstFlowReturn chain(GstPad* pad, GstObject* parent, GstBuffer* buffer);
gboolean sinkEvent(GstPad* pad, GstObject* parent, GstEvent* event);
gboolean sinkQuery(GstPad* pad, GstObject* parent, GstQuery* query);
gboolean srcQuery(GstPad* pad, GstObject* parent, GstQuery* query);
/// Called by a thread of the clock.
void onIdle(GstElement* element);

/// The read-only properties, for notification.
enum Property {
    propGroupSeconds = 1,
    propMaxBytes,
    propIdleFlush,
    propIsolate,
    propTargetRms,
    propMaxGain,
    propSilence,
    propGain,
    propPeak,
    propRms,
    propStats,
    propCount,
};
extern std::array<GParamSpec*, propCount> properties;

} // namespace lm::blockaggregator

struct _GstBlockAggregator {
    GstElement parent;
    lm::blockaggregator::State* state;
};
