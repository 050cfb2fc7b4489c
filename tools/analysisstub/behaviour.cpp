#include "tools/analysisstub/behaviour.hpp"

namespace lm::analysisstub {

Answer Judge::judge(const Request& request) {
    const auto& b = behaviour_;
    if (!b.requiredKey.empty() && request.authorization != "Bearer " + b.requiredKey) {
        return {Answer::Kind::Unauthorised, 401, 0};
    }
    if (b.failAlways) return {Answer::Kind::Failure, b.status, b.retryAfterSeconds};
    if (b.failures > 0) {
        if (attempts_.size() >= kBlocksRemembered) attempts_.clear();
        if (attempts_[request.block]++ < b.failures)
            return {Answer::Kind::Failure, b.status, b.retryAfterSeconds};
    }
    if (b.hang) return {Answer::Kind::Hang, 0, 0};
    if (b.drop) return {Answer::Kind::Drop, 0, 0};
    if (b.garbage) return {Answer::Kind::Garbage, 200, 0};
    return {};
}

} // namespace lm::analysisstub
