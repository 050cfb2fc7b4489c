#pragma once

#include "service/domain/egressrequest.hpp"
#include "service/domain/utc.hpp"

#include <string>

namespace lm::pipeline {

/// `<outputDir>/<meeting or room>/<timestamp>_<room>_<participant>_<track>.wav`: the file a recording is to
/// have. The sink makes it with the first sample, never over another: a name that is taken gets a number
/// there.
/// Of video, `.h264` or `.ivf`.
std::string recordingPath(const std::string& outputDir, const domain::EgressRequest& request,
                          domain::UtcTime start);
/// The Matroska file beside a recording of video.
std::string moviePath(const std::string& recording);

/// Makes the directory of a recording, for sinks that do not. Whatever stands against it the sink will meet,
/// and report, too.
void makeDirectoryOf(const std::string& recording);

} // namespace lm::pipeline
