#pragma once

#include "plugins/common/result.hpp"
#include "plugins/imentivsink/track.hpp"

#include <cstdint>
#include <string>

namespace lm::imentivsink {

/// The properties of the element. Copied when it starts; a later change counts from the next start.
struct Settings {
    std::string endpoint;
    std::string apiKey; // secret: never logged, never read back
    Payload payload = Payload::Pcm;
    Identity identity;
    std::string session; // a UUID, first part of every Idempotency-Key; empty: a new one at every start
    bool sendSilence = false;
    std::uint32_t timeoutMs = 5000;
    std::uint32_t maxAttempts = 3;
    std::uint32_t drainTimeoutMs = 20'000;
    std::uint64_t maxQueueBytes = 16U << 20;
    std::uint32_t maxInFlight = 32;
    std::uint64_t maxTotalBytes = 256U << 20;
    std::string spoolDirectory; // empty: none
    std::uint64_t spoolMaxBytes = 10ULL << 30;
    std::uint32_t spoolMaxAgeS = 24 * 3600;
    bool spoolReceipts = false;
    std::uint32_t circuitFailures = 5;
    std::uint32_t circuitPauseMs = 1000;
    std::uint32_t refusedPauseMs = 60'000;
};

/// The settings as a target, or what is wrong with them, without any secret.
Result<Target> makeTarget(const Settings& settings);

} // namespace lm::imentivsink
