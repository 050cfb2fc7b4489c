#pragma once

#include "service/pipeline/busqueue.hpp"
#include "service/pipeline/description.hpp"
#include "service/pipeline/reaper.hpp"

#include <chrono>
#include <string>

namespace lm::pipeline {

enum class State { Starting, Running, Ending, Ended };

enum class OutcomeKind { Ok, OurFault, DestinationFault, Cancelled };
const char* outcomeName(OutcomeKind kind);

/// How a track ended: exactly one per track.
struct Outcome {
    OutcomeKind kind = OutcomeKind::Ok;
    std::string message; // empty when all went well
};

/// One running pipeline, from NULL to NULL. The state only moves forward. Lives on the main context: it is
/// fed with the pipeline's events and never blocks.
///
/// Starting --start()--> Running --end(), Closed, fatal error--> Ending --Eos, deadline, cancel()-->
/// (tear-down) Ended
class Controller {
public:
    /// `pipeline` is in NULL; `description` must outlive the controller. `drain` is how long the pipeline may
    /// take from the end of its input until its sinks are done, before it is cut.
    Controller(Ref<GstElement> pipeline, const Description& description, BusQueue& queue,
               BusQueue::Token token, Reaper& reaper, std::chrono::milliseconds drain);
    ~Controller();
    Controller(const Controller&) = delete;
    Controller& operator=(const Controller&) = delete;

    /// To PLAYING. After false the pipeline is on its way down and Ended follows.
    bool start();
    /// Ends the input: EOS, then NULL once the sinks are done, or at the deadline. Later calls may only
    /// shorten it.
    void end(std::chrono::milliseconds deadline);
    /// Straight to NULL; the outcome is Cancelled unless a fault is known already.
    void cancel(const std::string& reason);
    void handle(const Event& event);

    State state() const { return state_; }
    /// Valid once Ended.
    const Outcome& outcome() const { return outcome_; }
    /// The sinks were not done at the deadline.
    bool wasCut() const { return cut_; }
    GstElement* pipeline() const { return pipeline_.get(); }

private:
    void onError(const ErrorEvent& error);
    void onUndelivered(const std::string& reason);
    void fault(OutcomeKind kind, const std::string& message);
    void awaitEos(std::chrono::milliseconds deadline);
    void tearDown();
    void advance(State next);

    Ref<GstElement> pipeline_; // empty once handed to the reaper
    const Description& description_;
    BusQueue& queue_;
    const BusQueue::Token token_;
    Reaper& reaper_;
    const std::chrono::milliseconds drain_;
    State state_ = State::Starting;
    Outcome outcome_;
    bool faulted_ = false; // outcome_ holds a fault
    bool cut_ = false;
    bool decided_ = false; // no later error changes it
    std::uint64_t undelivered_ = 0;
    std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
    Ref<GSource> timer_;
};

} // namespace lm::pipeline
