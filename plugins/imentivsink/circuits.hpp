#pragma once

#include "plugins/imentivsink/breaker.hpp"
#include "plugins/imentivsink/track.hpp"

#include <functional>
#include <map>

namespace lm::imentivsink {

/// The circuit breakers of the process, one for every pair of endpoint and key that has failed. Not
/// thread-safe.
class Circuits {
public:
    using Changed = std::function<void(const std::string& credential, const CircuitChanged&)>;
    struct Admission {
        bool go;
        std::optional<Clock::time_point> next = {}; // when to ask again; nothing: when the probe is back
    };

    explicit Circuits(Changed changed) : changed_(std::move(changed)) {}

    /// Whether a request may go out. What was admitted must be answered, or nobody is ever admitted again.
    Admission admit(const Target& target, Clock::time_point now);
    /// What came of a request. `reason`: for people, of what is Bad or Refused.
    void answered(const Target& target, Answer answer, Clock::time_point now, double chance,
                  const std::string& reason);

    bool isRefused(const Target& target) const;
    Breaker::State state(const Target& target) const;

private:
    template <typename Call> void change(const Target& target, const std::string& reason, Call&& call);

    const Changed changed_;
    std::map<std::string, Breaker> breakers_; // none: closed, and the last request succeeded
};

} // namespace lm::imentivsink
