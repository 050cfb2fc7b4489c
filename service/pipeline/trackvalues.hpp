#pragma once

#include "service/config/settings.hpp"
#include "service/domain/egressrequest.hpp"
#include "service/pipeline/description.hpp"

#include <string>
#include <vector>

namespace lm::pipeline {

/// What every imentivsink of the daemon is set to: where and with what patience. Only with an endpoint.
Values deliveryValues(const config::Settings& settings);

/// The values of the track `id` out of settings and request, by the names of the parameters in
/// `pipelines/audio.json`, for video of `pipelines/video-<codec>.json`.
Values trackValues(const config::Settings& settings, const domain::EgressRequest& request,
                   const std::string& recording, const std::string& id);

/// Removes the values `description` has no parameter for: an operator's description need not take them all.
/// Returns the removed names.
std::vector<std::string> keepKnown(const Description& description, Values& values);

} // namespace lm::pipeline
