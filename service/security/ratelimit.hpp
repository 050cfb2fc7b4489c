#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>

namespace lm::security {

/// A token bucket for every address. Memory is bounded: the address that was seen least recently is forgotten
/// first, which gives it a full bucket again. One thread.
class RateLimit {
public:
    using Clock = std::chrono::steady_clock;

    /// `burst` at once, then `perSecond`; 0: no limit.
    RateLimit(double perSecond, double burst, std::size_t maxAddresses = 65'536)
        : perSecond_(perSecond), burst_(burst), maxAddresses_(maxAddresses) {}

    /// False when this address has had its share.
    bool take(const std::string& address, Clock::time_point now);
    std::size_t addresses() const { return buckets_.size(); }

private:
    struct Bucket {
        std::string address;
        double tokens;
        Clock::time_point filled;
    };
    using Buckets = std::list<Bucket>; // the least recently seen last

    Bucket& bucketOf(const std::string& address, Clock::time_point now);

    const double perSecond_, burst_;
    const std::size_t maxAddresses_;
    Buckets buckets_;
    std::unordered_map<std::string, Buckets::iterator> index_;
};

} // namespace lm::security
