#include "service/pipeline/trackvalues.hpp"

namespace lm::pipeline {

Values trackValues(const config::Settings& settings, const domain::EgressRequest& request,
                   const std::string& recording) {
    const auto integer = [](auto value) { return static_cast<std::int64_t>(value); };
    const auto& audio = settings.audio;
    const auto& imentiv = settings.imentiv;
    Values values{
        {"rate", integer(request.sampleRate)},
        {"channels", integer(request.channels)},
        {"context-wait", integer(settings.egress.contextWaitMs)},
        {"max-message-size", integer(settings.egress.maxMessageBytes)},
        {"max-fill", integer(settings.egress.maxFillMs)},
        {"muted-audio", std::string(settings.egress.muted == config::Muted::Drop ? "drop" : "keep")},
        {"location", recording},
        {"group-seconds", request.groupSeconds.value_or(audio.groupSeconds)},
        {"max-bytes", integer(audio.maxBytes)},
        {"idle-flush", integer(audio.idleFlushMs)},
        {"target-rms", audio.targetDbfs},
        {"normalize", audio.normalize},
    };
    if (imentiv.endpointUrl.empty()) return values;
    values.insert({
        {"endpoint", imentiv.endpointUrl},
        {"payload", std::string(audio.payload == config::Payload::Wav ? "wav" : "pcm")},
        {"meeting-id", request.meetingOrRoom()},
        {"participant", request.participant},
        {"track-id", request.trackId},
        {"timeout-ms", integer(audio.timeoutMs)},
        {"max-attempts", integer(imentiv.maxAttempts)},
        {"drain-timeout-ms", integer(imentiv.drainTimeoutMs)},
        {"max-queue-bytes", integer(imentiv.maxQueueBytes)},
        {"max-in-flight", integer(imentiv.maxInFlight)},
    });
    if (!imentiv.apiKey.empty()) values.emplace("api-key", imentiv.apiKey);
    return values;
}

std::vector<std::string> keepKnown(const Description& description, Values& values) {
    std::vector<std::string> removed;
    std::erase_if(values, [&](const auto& entry) {
        if (description.parameter(entry.first)) return false;
        removed.push_back(entry.first);
        return true;
    });
    return removed;
}

} // namespace lm::pipeline
