#include "service/pipeline/trackvalues.hpp"

#include "service/pipeline/recording.hpp"

#include <algorithm>

namespace lm::pipeline {

namespace {

/// With a spool the end of a track has nothing to lose by not waiting: soon enough for a shutdown to end in
/// order.
std::uint32_t drainTimeout(const config::Settings& settings) {
    const auto& imentiv = settings.imentiv;
    return imentiv.spoolDir.empty() ? imentiv.drainTimeoutMs
                                    : std::min(imentiv.drainTimeoutMs, settings.shutdownTimeoutMs / 3);
}

/// A key frame is larger than any message of audio.
constexpr std::int64_t videoMessages = 4;
constexpr std::int64_t mostMessageBytes = 64 << 20;

Values videoValues(const config::Settings& settings, const std::string& recording) {
    return {
        {"context-wait", std::int64_t{settings.egress.contextWaitMs}},
        {"max-message-size", std::min(videoMessages * settings.egress.maxMessageBytes, mostMessageBytes)},
        {"location", recording},
        {"movie-location", moviePath(recording)},
    };
}

} // namespace

Values deliveryValues(const config::Settings& settings) {
    const auto integer = [](auto value) { return static_cast<std::int64_t>(value); };
    const auto& imentiv = settings.imentiv;
    Values values{
        {"endpoint", imentiv.endpointUrl},
        {"timeout-ms", integer(settings.audio.timeoutMs)},
        {"max-in-flight", integer(imentiv.maxInFlight)},
        {"max-total-bytes", integer(imentiv.maxTotalBytes)},
    };
    if (!imentiv.apiKey.empty()) values.emplace("api-key", imentiv.apiKey);
    if (imentiv.spoolDir.empty()) return values;
    values.insert({
        {"spool-directory", imentiv.spoolDir},
        {"spool-max-bytes", integer(imentiv.spoolMaxBytes)},
        {"spool-max-age", integer(imentiv.spoolMaxAgeHours) * 3600},
        {"circuit-failures", integer(imentiv.circuitFailures)},
        {"circuit-pause-ms", integer(imentiv.circuitPauseMs)},
        {"refused-pause-ms", integer(imentiv.refusedPauseMs)},
    });
    return values;
}

Values trackValues(const config::Settings& settings, const domain::EgressRequest& request,
                   const std::string& recording, const std::string& id) {
    if (domain::isVideo(request.media)) return videoValues(settings, recording);
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
    values.merge(deliveryValues(settings));
    values.insert({
        {"payload", std::string(audio.payload == config::Payload::Wav ? "wav" : "pcm")},
        {"meeting-id", request.meetingOrRoom()},
        {"participant", request.participant},
        {"track-id", request.trackId},
        {"session", id},
        {"send-silence", audio.sendSilence},
        {"max-attempts", integer(imentiv.maxAttempts)},
        {"drain-timeout-ms", integer(drainTimeout(settings))},
        {"max-queue-bytes", integer(imentiv.maxQueueBytes)},
    });
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
