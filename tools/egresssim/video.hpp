#pragma once

#include "plugins/common/result.hpp"
#include "tools/egresssim/options.hpp"

#include <functional>

namespace lm::egresssim {

struct VideoReport {
    std::uint64_t frames = 0; // that were sent, a message each
    std::uint64_t bytes = 0;
    double seconds = 0; // that it took
};

/// Decodes options.video, whatever GStreamer can decode, encodes its pictures anew and sends them as one
/// track of video: a frame a message, at the times of the file unless `options.fast`. Ends with the file,
/// after options.duration, or when `stopFd` can be read; then the receiver is told properly. `progress` hears
/// of it every second or so. The error says what the file, an element that is missing, or the server said,
/// never the URL.
Result<VideoReport> playVideo(const Options& options, int stopFd,
                              const std::function<void(const VideoReport&)>& progress);

std::string videoSummary(const VideoReport& report, bool json);

} // namespace lm::egresssim
