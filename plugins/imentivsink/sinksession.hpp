#pragma once

#include "plugins/common/guarded.hpp"
#include "plugins/common/handles.hpp"
#include "plugins/imentivsink/dispatcher.hpp"
#include "plugins/imentivsink/reporter.hpp"
#include "plugins/imentivsink/settings.hpp"

#include <gst/gst.h>

#include <atomic>
#include <memory>

namespace lm::imentivsink {

/// One run of the sink, from start to stop: it numbers and dates the blocks and hands them to the dispatcher.
/// Nothing here waits for the network.
class SinkSession {
public:
    SinkSession(GstElement* element, const Settings& settings, Target target, std::shared_ptr<Spool> spool);
    ~SinkSession() { close(); }
    SinkSession(const SinkSession&) = delete;
    SinkSession& operator=(const SinkSession&) = delete;

    // Streaming thread.
    void setFormat(const Format& format) { format_ = format; }
    GstFlowReturn render(GstBuffer* buffer);
    /// True when blocks are outstanding: the EOS message is posted when they are delivered or reported.
    bool drain(guint32 seqnum);

    // Any thread.
    /// Back in PLAYING after the end: see Reporter::repeatEos.
    void repeatEos() { reporter_->repeatEos(); }
    /// Cancels and reports what is undelivered, or sends it to the spool, and forgets a pending EOS.
    void interrupt();
    /// Waits until what was sent to the spool is there or reported: for as long as a disk may take, not
    /// longer.
    void settle();
    /// After a flush or a stop: buffers are taken again.
    void rearm() { ended_ = false; }
    /// `interrupt` and `settle`, and lets go of the dispatcher. For good; the numbers stay readable.
    void close();
    Owned<GstStructure> stats();

private:
    BlockInfo describe(GstBuffer* buffer, std::uint64_t bytes);
    std::shared_ptr<Spool> spool() { return spool_.copy(); }

    const std::chrono::milliseconds drainTimeout_;
    const bool sendSilence_;
    const std::shared_ptr<Reporter> reporter_;
    const std::shared_ptr<Track> track_;
    Guarded<std::shared_ptr<Dispatcher>> dispatcher_;
    Guarded<std::shared_ptr<Spool>> spool_;
    Guarded<SpoolNumbers> lastNumbers_; // of the spool, when it was let go of
    std::atomic<bool> ended_{false};

    // Streaming thread.
    const Ref<GstCaps> utcCaps_;
    Format format_;
    std::uint64_t sequence_ = 0;
    std::uint64_t nextSample_ = 0;
    std::uint64_t skipped_ = 0; // blocks since the last one that was not
};

} // namespace lm::imentivsink
