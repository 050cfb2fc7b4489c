#pragma once

#include "plugins/common/guarded.hpp"
#include "plugins/imentivsink/track.hpp"

#include <gst/gst.h>

#include <condition_variable>
#include <optional>
#include <string>

namespace lm::imentivsink {

/// Turns what happens to blocks into element messages and log lines. Lives as long as something may report;
/// the element may be gone by then, so it is held weakly. Callable from any thread, without locks held.
class Reporter {
public:
    Reporter(GstElement* element, const Target& target);
    ~Reporter();
    Reporter(const Reporter&) = delete;
    Reporter& operator=(const Reporter&) = delete;

    void operator()(const Report& report);
    /// No report is being made when this returns, and none will be: what a message is posted to may go away.
    /// Waits for a report of another thread, which never blocks for long.
    void silence();

    /// The EOS message (with this sequence number) to post when the track has drained.
    void expectEos(guint32 seqnum) { *eos_.lock() = Eos{seqnum, false}; }
    void forgetEos() { eos_.lock()->reset(); }
    /// Posts it once more, if it was posted: a bin forgets on the way to PLAYING which sinks have ended.
    void repeatEos();

private:
    struct Run {
        bool failing = false;  // since the last delivered block
        bool dropping = false; // since the last delivered block
        bool alarmed = false;  // since the key was refused
        bool opened = false;   // since the circuit was closed
        bool spooling = false; // since the last block that was delivered without
    };

    void tell(GstElement* element, const Delivered& report);
    void tell(GstElement* element, const Retrying& report);
    void tell(GstElement* element, const Failed& report);
    void tell(GstElement* element, const Dropped& report);
    void tell(GstElement* element, const Skipped& report);
    void tell(GstElement* element, const Spooled& report);
    void tell(GstElement* element, const DeliveredFromSpool& report);
    void tell(GstElement* element, const DeadLettered& report);
    void tell(GstElement* element, const CircuitChanged& report);
    void tell(GstElement* element, const SpoolNotice& report);
    void tell(GstElement* element, const Drained& report);
    GstStructure* structure(const char* name, const BlockInfo& block) const;
    GstStructure* structure(const char* name, const BlockInfo& block, const SpoolOrigin& origin) const;
    std::string describe(const BlockInfo& block) const;

    struct Gate {
        bool closed = false;
        unsigned talking = 0;
    };

    struct Eos {
        guint32 seqnum;
        bool posted;
    };

    GWeakRef element_;
    const std::string session_;
    const std::string identity_; // for log lines, safe for a line
    Guarded<std::optional<Eos>> eos_;
    Guarded<Run> run_;
    Guarded<Gate> gate_;
    std::condition_variable quiet_;
};

} // namespace lm::imentivsink
