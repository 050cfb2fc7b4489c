#pragma once

#include "plugins/imentivsink/scheduler.hpp"

#include <map>
#include <string>

namespace lm::imentivsink {

/// Keeps a refused key from being tried by every block of every track: after a 401 or 403 the pair of
/// endpoint and key is closed, and one request in `kPause` asks whether that still holds. Pure; time is an
/// argument.
class KeyGate {
public:
    static constexpr std::chrono::seconds kPause{60};

    /// True when a request may go out. The first one after a pause goes out as the probe and starts the next
    /// pause.
    bool admit(const std::string& credential, Clock::time_point now) {
        const auto it = closed_.find(credential);
        if (it == closed_.end()) return true;
        if (now < it->second) return false;
        it->second = now + kPause;
        return true;
    }
    void refused(const std::string& credential, Clock::time_point now) {
        std::erase_if(closed_, [&](const auto& entry) { return entry.second + kPause < now; });
        closed_[credential] = now + kPause;
    }
    void accepted(const std::string& credential) { closed_.erase(credential); }

private:
    std::map<std::string, Clock::time_point> closed_;
};

} // namespace lm::imentivsink
