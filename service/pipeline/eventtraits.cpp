#include "plugins/common/guarded.hpp"
#include "service/pipeline/busevents.hpp"

#include <utility>
#include <vector>

/// What holds of events, whatever they say.
namespace lm::pipeline {

bool isEssential(const Event& event) {
    return std::holds_alternative<ErrorEvent>(event) || std::holds_alternative<EosEvent>(event) ||
           std::holds_alternative<DownEvent>(event) || std::holds_alternative<ClosedEvent>(event) ||
           std::holds_alternative<LeftOutEvent>(event) || std::holds_alternative<PartOpenedEvent>(event) ||
           std::holds_alternative<PartClosedEvent>(event) || std::holds_alternative<MovieEndedEvent>(event) ||
           std::holds_alternative<RecordingPausedEvent>(event) ||
           std::holds_alternative<RecordingResumedEvent>(event) ||
           std::holds_alternative<RecordedEvent>(event);
}

namespace {

struct Texts {
    std::size_t operator()(const ErrorEvent& e) const {
        return e.role.size() + e.message.size() + e.detail.size();
    }
    std::size_t operator()(const NoticeEvent& e) const { return e.text.size(); }
    std::size_t operator()(const WarningEvent& e) const { return e.role.size() + e.message.size(); }
    std::size_t operator()(const LeftOutEvent& e) const { return e.reason.size(); }
    std::size_t operator()(const SoundEvent& e) const { return e.kind.size() + e.reason.size(); }
    std::size_t operator()(const BadTextEvent& e) const { return e.reason.size(); }
    std::size_t operator()(const FormatAlarmEvent& e) const { return e.reason.size(); }
    std::size_t operator()(const ClosedEvent& e) const { return e.reason.size(); }
    std::size_t operator()(const PartOpenedEvent& e) const { return e.part.location.size(); }
    std::size_t operator()(const PartClosedEvent& e) const { return e.part.location.size(); }
    std::size_t operator()(const RecordingPausedEvent& e) const {
        return e.reason.size() + e.location.size();
    }
    std::size_t operator()(const MovieEndedEvent& e) const { return e.location.size() + e.reason.size(); }
    std::size_t operator()(const BlockEvent& e) const { return e.reason.size() + e.hash.size(); }
    std::size_t operator()(const DeliveredEvent& e) const {
        return e.block.key.size() + (e.response ? e.response->size() : 0);
    }
    std::size_t operator()(const RetryingEvent& e) const { return e.block.key.size() + e.reason.size(); }
    std::size_t operator()(const FailedEvent& e) const { return e.block.key.size() + e.reason.size(); }
    std::size_t operator()(const DroppedEvent& e) const { return e.block.key.size() + e.reason.size(); }
    std::size_t operator()(const SkippedEvent& e) const { return e.block.key.size() + e.reason.size(); }
    std::size_t operator()(const SpooledEvent& e) const { return e.block.key.size() + e.reason.size(); }
    std::size_t operator()(const DeliveredFromSpoolEvent& e) const {
        return e.block.key.size() + e.meeting.size() + e.participant.size() + e.track.size() +
               (e.response ? e.response->size() : 0);
    }
    std::size_t operator()(const DeadLetterEvent& e) const {
        return e.block.key.size() + e.meeting.size() + e.participant.size() + e.track.size() +
               e.reason.size();
    }
    std::size_t operator()(const CircuitEvent& e) const {
        return e.endpoint.size() + e.state.size() + e.reason.size();
    }
    std::size_t operator()(const SpoolNoticeEvent& e) const { return e.text.size(); }
    template <class NoText>
    requires std::is_trivially_copyable_v<NoText> std::size_t operator()(const NoText&) const { return 0; }
};

} // namespace

bool concernsTrack(const Event& event) {
    if (const auto* delivered = std::get_if<DeliveredFromSpoolEvent>(&event)) return delivered->own;
    if (const auto* dead = std::get_if<DeadLetterEvent>(&event)) return dead->own;
    return true;
}

Event withoutReceipt(Event event) {
    if (auto* delivered = std::get_if<DeliveredFromSpoolEvent>(&event)) delivered->receipt.reset();
    return event;
}

bool leaveAnswerOut(Event& event) {
    const auto leaveOut = [](std::optional<std::string>& answer) {
        return std::exchange(answer, std::nullopt).has_value();
    };
    if (auto* delivered = std::get_if<DeliveredEvent>(&event)) return leaveOut(delivered->response);
    auto* late = std::get_if<DeliveredFromSpoolEvent>(&event);
    return late && leaveOut(late->response);
}

void abandon(Event event) {
    // For ever: a destructor would let go. It is some hundred bytes for a block that takes a thousand times
    // that on disk.
    static auto& kept = *new Guarded<std::vector<Ref<GBytes>>>;
    auto* delivered = std::get_if<DeliveredFromSpoolEvent>(&event);
    if (delivered && delivered->receipt) kept.lock()->push_back(std::move(delivered->receipt));
}

std::size_t weightOf(const Event& event) {
    return sizeof event + std::visit(Texts(), event);
}

} // namespace lm::pipeline
