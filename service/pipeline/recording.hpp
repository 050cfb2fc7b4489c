#pragma once

#include "plugins/common/result.hpp"
#include "service/domain/egressrequest.hpp"
#include "service/domain/utc.hpp"

#include <string>

namespace lm::pipeline {

/// Creates `<outputDir>/<meeting or room>/<timestamp>_<room>_<participant>_<track>.wav`, empty, and its
/// directories. The file is new: a name that is taken gets `-2`, `-3`, … before the extension. Returns the
/// path.
Result<std::string> reserveRecording(const std::string& outputDir, const domain::EgressRequest& request,
                                     domain::UtcTime start);

/// Removes a recording that never got a sample: an empty file or a WAV header alone. False when there is
/// audio.
bool removeIfEmpty(const std::string& path);

} // namespace lm::pipeline
