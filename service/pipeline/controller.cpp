#include "service/pipeline/controller.hpp"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/names.hpp"
#include "service/pipeline/template.hpp"

namespace lm::pipeline {
namespace {

/// After a fatal error the rest of the pipeline gets this long to finish its files.
constexpr std::chrono::milliseconds afterError{2000};

} // namespace

const char* outcomeName(OutcomeKind kind) {
    switch (kind) {
    case OutcomeKind::Ok:
        return "ok";
    case OutcomeKind::OurFault:
        return "our-fault";
    case OutcomeKind::DestinationFault:
        return "destination-fault";
    case OutcomeKind::Cancelled:
        return "cancelled";
    }
    return "our-fault";
}

Controller::Controller(Ref<GstElement> pipeline, const Description& description, BusQueue& queue,
                       BusQueue::Token token, Reaper& reaper, std::chrono::milliseconds drain)
    : pipeline_(std::move(pipeline)), description_(description), queue_(queue), token_(token),
      reaper_(reaper), drain_(drain) {
    queue_.attach(pipeline_.get(), token_);
}

Controller::~Controller() {
    if (timer_) g_source_destroy(timer_.get());
    if (pipeline_) reaper_.tearDown(std::move(pipeline_), {});
}

void Controller::advance(State next) {
    if (next > state_) state_ = next;
}

bool Controller::start() {
    if (gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
        // The reason, an error message, is in the queue before Down and then takes this one's place.
        advance(State::Ending);
        outcome_ = {OutcomeKind::OurFault, "the pipeline cannot be started"};
        tearDown();
        return false;
    }
    advance(State::Running);
    return true;
}

void Controller::end(std::chrono::milliseconds deadline) {
    if (!pipeline_) return;
    if (state_ < State::Ending) {
        advance(State::Ending);
        // To the source alone: it puts the event behind the audio it has read, on its own thread.
        const auto source = findRole(pipeline_.get(), "source");
        gst_element_send_event(source ? source.get() : pipeline_.get(), gst_event_new_eos());
    }
    awaitEos(deadline);
}

void Controller::cancel(const std::string& reason) {
    if (!pipeline_) return;
    advance(State::Ending);
    fault(OutcomeKind::Cancelled, reason);
    decided_ = true;
    tearDown();
}

void Controller::handle(const Event& event) {
    if (state_ == State::Ended) return;
    if (const auto* error = std::get_if<ErrorEvent>(&event)) return onError(*error);
    if (const auto* failed = std::get_if<FailedEvent>(&event)) return onUndelivered(failed->reason);
    if (const auto* dropped = std::get_if<DroppedEvent>(&event)) return onUndelivered(dropped->reason);
    // Of its own blocks only; what was spooled is no loss.
    if (const auto* dead = std::get_if<DeadLetterEvent>(&event)) {
        if (dead->own) onUndelivered(dead->reason);
        return;
    }
    if (const auto* paused = std::get_if<RecordingPausedEvent>(&event))
        return fault(OutcomeKind::OurFault, "part of the recording is missing, " + paused->location +
                                                " could not be written: " + paused->reason);
    if (std::holds_alternative<ClosedEvent>(event) && pipeline_) {
        advance(State::Ending);
        return awaitEos(drain_);
    }
    if (std::holds_alternative<EosEvent>(event)) {
        advance(State::Ending);
        return tearDown();
    }
    if (std::holds_alternative<DownEvent>(event)) {
        if (undelivered_ > 1) outcome_.message += " (" + std::to_string(undelivered_) + " blocks in all)";
        advance(State::Ended);
    }
}

void Controller::onError(const ErrorEvent& error) {
    const std::string message = error.role + ": " + error.message;
    if (description_.isExpendable(error.role)) {
        fault(description_.isDestination(error.role) ? OutcomeKind::DestinationFault : OutcomeKind::OurFault,
              message + "; the recording went on");
        return;
    }
    // The first error is the cause; what follows, the source's "stream stopped" above all, are its effects.
    if (!std::exchange(decided_, true)) {
        faulted_ = true;
        outcome_ = {OutcomeKind::OurFault, message};
    }
    end(afterError);
}

void Controller::onUndelivered(const std::string& reason) {
    ++undelivered_;
    // Blocks that were still waiting when the pipeline was cut are why it had to be.
    if (cut_ && undelivered_ == 1) faulted_ = false;
    fault(OutcomeKind::DestinationFault, "a block was not delivered: " + reason);
}

void Controller::fault(OutcomeKind kind, const std::string& message) {
    if (std::exchange(faulted_, true)) return;
    outcome_ = {kind, message};
}

void Controller::awaitEos(std::chrono::milliseconds wait) {
    const auto wanted = std::chrono::steady_clock::now() + wait;
    if (wanted >= deadline_) return;
    deadline_ = wanted;
    if (timer_) g_source_destroy(timer_.get());
    timer_ = Ref<GSource>::adopt(g_timeout_source_new(static_cast<guint>(wait.count())));
    g_source_set_callback(
        timer_.get(),
        [](gpointer self) -> gboolean {
            fence("end of track", [&] {
                auto* controller = static_cast<Controller*>(self);
                controller->cut_ = true;
                controller->fault(OutcomeKind::OurFault, "the pipeline did not end in time and was cut");
                controller->tearDown();
            });
            return G_SOURCE_REMOVE;
        },
        this, nullptr);
    g_source_attach(timer_.get(), queue_.context());
}

void Controller::tearDown() {
    if (!pipeline_) return;
    if (timer_) g_source_destroy(timer_.get());
    timer_.reset();
    reaper_.tearDown(std::move(pipeline_), [send = queue_.sender(token_)] { send(DownEvent{}); });
}

} // namespace lm::pipeline
