#pragma once

#include "service/coverage/coverage.hpp"

#include <filesystem>
#include <optional>

namespace lm::coverage {

/// The first line of a ledger; nullopt for what is none, or cannot be read.
std::optional<Head> readHead(const std::filesystem::path& ledger);

/// Gives every line of a track's ledger to `coverage`, one in memory at a time. What is missing, cut off or
/// not understood becomes a problem of it.
void readLedger(const std::filesystem::path& ledger, Coverage& coverage);

/// The same for the states that came after the track; no file is no problem.
void readLate(const std::filesystem::path& states, Coverage& coverage);

} // namespace lm::coverage
