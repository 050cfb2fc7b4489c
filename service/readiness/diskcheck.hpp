#pragma once

#include "service/readiness/check.hpp"
#include "service/readiness/diskprobe.hpp"

namespace lm::readiness {

/// Judges the probe's last answer: failed below `minimum` free bytes, for a read-only file system and for an
/// error, unknown when there is none younger than `patience`.
Finding judgeDisk(const std::optional<DiskProbe::Answer>& answer, std::uint64_t minimum,
                  std::chrono::milliseconds patience, DiskProbe::Clock::time_point now);

} // namespace lm::readiness
