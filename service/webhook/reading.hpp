#pragma once

#include "plugins/common/result.hpp"
#include "service/webhook/event.hpp"

#include <cstddef>
#include <string_view>

namespace lm::webhook {

/// Of an event, and of a meeting, as ids: LiveKit's have 15 characters.
inline constexpr std::size_t longestId = 128;

/// The body of a webhook: LiveKit's JSON or the specification's, which is part of it. What is not known is
/// ignored; an event that is known must name its room, track or egress. Error::where is the member that is
/// wrong, or the place in the text. `arrived` stands in for a time that is not there.
Result<Event> readEvent(std::string_view body, domain::UtcTime arrived);

} // namespace lm::webhook
