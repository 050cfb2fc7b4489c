#include "service/security/ratelimit.hpp"

#include <algorithm>

namespace lm::security {

RateLimit::Bucket& RateLimit::bucketOf(const std::string& address, Clock::time_point now) {
    if (const auto found = index_.find(address); found != index_.end()) {
        buckets_.splice(buckets_.begin(), buckets_, found->second);
        return buckets_.front();
    }
    if (buckets_.size() >= maxAddresses_) {
        index_.erase(buckets_.back().address);
        buckets_.pop_back();
    }
    buckets_.push_front({address, burst_, now});
    index_[address] = buckets_.begin();
    return buckets_.front();
}

bool RateLimit::take(const std::string& address, Clock::time_point now) {
    if (perSecond_ <= 0) return true;
    Bucket& bucket = bucketOf(address, now);
    const std::chrono::duration<double> passed = now - bucket.filled;
    bucket.tokens = std::min(burst_, bucket.tokens + passed.count() * perSecond_);
    bucket.filled = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
}

} // namespace lm::security
