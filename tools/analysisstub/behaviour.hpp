#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace lm::analysisstub {

/// How the stub treats its clients.
struct Behaviour {
    std::uint32_t delayMs = 0;           // before every answer
    std::uint32_t failures = 0;          // attempts of each block that fail before one succeeds
    std::uint32_t status = 500;          // of a failure
    std::uint32_t retryAfterSeconds = 0; // in the Retry-After of a failure; 0: no such header
    bool failAlways = false;
    bool hang = false;         // never answer
    bool garbage = false;      // answer 200 with something that is not JSON
    bool drop = false;         // close the connection instead of answering
    std::string requiredKey{}; // bearer token; empty: none needed
};

/// What one request gets.
struct Answer {
    enum class Kind { Emotions, Failure, Unauthorised, Garbage, Hang, Drop };
    Kind kind = Kind::Emotions;
    std::uint32_t status = 200;
    std::uint32_t retryAfterSeconds = 0;
};

/// What a request says about itself, as far as an answer depends on it.
struct Request {
    std::string authorization;
    std::string block; // what the attempts of one block have in common
};

/// Decides answers; counts attempts per block, for the latest blocks only.
class Judge {
public:
    explicit Judge(Behaviour behaviour) : behaviour_(std::move(behaviour)) {}
    Answer judge(const Request& request);

private:
    static constexpr std::size_t kBlocksRemembered = 100'000;

    Behaviour behaviour_;
    std::map<std::string, std::uint32_t> attempts_;
};

} // namespace lm::analysisstub
