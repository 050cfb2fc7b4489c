#pragma once

#include "service/http/router.hpp"
#include "service/livekit/api.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace lm::meet {

struct RecordingOptions {
    livekit::Api* api = nullptr; // nullptr: LiveKit is not configured
    livekit::S3Upload upload;
    /// Nothing when who asks may record; else the answer.
    std::function<std::optional<http::Response>(const http::Request&)> refuses;
    std::function<std::chrono::system_clock::time_point()> now = [] {
        return std::chrono::system_clock::now();
    };
};

/// `/api/record/start` and `/api/record/stop` (GET, as browsers of the earlier client do, or POST)
/// `?roomName=`: a room composite egress to object storage. Other egresses of a room, such as those of the
/// tracks for analysis, are neither seen nor stopped. Main thread.
class Recording {
public:
    explicit Recording(RecordingOptions options) : options_(std::move(options)) {}
    void addTo(http::Router& router);

    /// What is missing before something can be recorded, for people; empty when nothing is.
    std::string missing() const;

private:
    using Step = void (Recording::*)(const std::string& room, const http::Answer& answer);
    http::Response begin(const http::Request& request, Step step);
    void start(const std::string& room, const http::Answer& answer);
    void stop(const std::string& room, const http::Answer& answer);
    void startNow(const std::string& room, const http::Answer& answer);
    void stopAll(const std::vector<livekit::Egress>& running, const http::Answer& answer);
    /// The composite egresses of a room that run.
    void running(const std::string& room, const http::Answer& answer,
                 std::function<void(std::vector<livekit::Egress>)> then);

    const RecordingOptions options_;
    std::set<std::string> starting_; // rooms: two starts would both see that nothing is recorded
};

} // namespace lm::meet
