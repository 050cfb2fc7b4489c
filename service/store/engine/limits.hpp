#pragma once

#include <chrono>

namespace lm::store {

/// How long the database may take.
struct Limits {
    std::chrono::milliseconds connect{5000};
    std::chrono::milliseconds statement{10'000}; // of one, waiting for locks included
};

/// ReadOnly makes nothing that is missing, neither file nor schema.
enum class Access { ReadWrite, ReadOnly };

} // namespace lm::store
