#pragma once

#include "plugins/common/result.hpp"
#include "service/domain/egressrequest.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace lm::domain {

inline constexpr std::size_t maxIdentifierBytes = 4096; // decoded
inline constexpr std::uint32_t minSampleRate = 8'000;
inline constexpr std::uint32_t maxSampleRate = 192'000;
inline constexpr std::uint32_t maxChannels = 8;
inline constexpr double minGroupSeconds = 0.1;
inline constexpr double maxGroupSeconds = 300.0;

/// Parameters by their full name, decoded; none is empty.
using EgressParameters = std::map<std::string, std::string, std::less<>>;

/// The name of the parameter that says how video is encoded.
inline constexpr char codecParameter[] = "codec";
/// The name of the parameter that carries the token of a signed URL.
inline constexpr char tokenParameter[] = "token";

/// Reads the query of an egress socket: still percent-encoded, without the `?`, `+` means a space as in a
/// form. Names: `roomName` or `room`, `participant`, `trackId` or `track`, `sampleRate`, `channels`,
/// `meetingId`, `groupSeconds`, `codec`, `token`. Other names are ignored; an empty value counts as not
/// given; a name given twice, also by its short form, is refused because it is not known which one is meant.
/// `where` of the error is the parameter.
Result<EgressParameters> readEgressParameters(std::string_view query);
/// What they ask for; `token` is no part of it.
Result<EgressRequest> parseEgressParameters(EgressParameters values);
/// What those of a video socket ask for: `codec` is required.
Result<EgressRequest> parseVideoParameters(EgressParameters values);
/// Both in one, of an audio socket.
Result<EgressRequest> parseEgressQuery(std::string_view query);

} // namespace lm::domain
