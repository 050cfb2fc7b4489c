#pragma once

#include "service/livekit/types.hpp"

#include <string>

namespace lm::autoegress {

/// Why an egress has ended, for people; LiveKit tells most failures only here, long after it said yes to the
/// start. Without secrets. Empty for one that has not ended.
std::string endReason(const livekit::Egress& egress);

/// Whether somebody asked LiveKit to stop it.
bool wasStopped(const livekit::Egress& egress);

} // namespace lm::autoegress
