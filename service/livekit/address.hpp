#pragma once

#include "plugins/common/result.hpp"

#include <string>

namespace lm::livekit {

/// Where LiveKit's API is, by the address that clients connect to: `ws://host:7880/x` is
/// `http://host:7880`. Origin alone, without a slash at its end; http and https are taken, too.
Result<std::string> apiOrigin(const std::string& livekitUrl);

/// Whether only this machine can be meant.
bool isLocal(const std::string& url);

/// The address of a region. Only LiveKit Cloud has regions, by the host: `p.livekit.cloud` and `eu` is
/// `p.eu.production.livekit.cloud`, `p.staging.livekit.cloud` is `p.eu.staging.livekit.cloud`. Others stay as
/// they are. `region` must be a label of letters, digits and `-`.
Result<std::string> regionalUrl(const std::string& livekitUrl, const std::string& region);

} // namespace lm::livekit
