#pragma once

#include <chrono>

namespace lm::store {

/// How long the database may take.
struct Limits {
    std::chrono::milliseconds connect{5000};
    std::chrono::milliseconds statement{10'000}; // of one, waiting for locks included
};

} // namespace lm::store
