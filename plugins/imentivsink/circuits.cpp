#include "plugins/imentivsink/circuits.hpp"

#include "plugins/imentivsink/encoding.hpp"

namespace lm::imentivsink {

template <typename Call> void Circuits::change(const Target& target, const std::string& reason, Call&& call) {
    const std::string credential = target.credential();
    Breaker& breaker = breakers_[credential];
    breaker.setLimits(target.breaker);
    const auto before = breaker.state();
    const bool wasRefused = breaker.isRefused();
    call(breaker);
    const auto after = breaker.state();
    const CircuitChanged report{redactedUrl(target.endpoint), stateName(after), breaker.failures(),
                                breaker.isRefused(), reason};
    if (after == Breaker::State::Closed && breaker.failures() == 0) breakers_.erase(credential);
    if (after != before || report.refused != wasRefused) changed_(credential, report);
}

Circuits::Admission Circuits::admit(const Target& target, Clock::time_point now) {
    const auto it = breakers_.find(target.credential());
    if (it == breakers_.end()) return {true};
    const Breaker& breaker = it->second;
    if (breaker.state() == Breaker::State::HalfOpen) return {false};
    if (breaker.state() == Breaker::State::Open && now < breaker.probeAt()) return {false, breaker.probeAt()};
    change(target, "asking whether it works again", [&](Breaker& b) { b.admit(now); });
    return {true};
}

void Circuits::answered(const Target& target, Answer answer, Clock::time_point now, double chance,
                        const std::string& reason) {
    const bool known = breakers_.contains(target.credential());
    switch (answer) {
    case Answer::Good:
        if (known) change(target, "it works again", [](Breaker& b) { b.succeeded(); });
        break;
    case Answer::Bad:
        change(target, reason, [&](Breaker& b) { b.failed(now, chance); });
        break;
    case Answer::Refused:
        change(target, reason, [&](Breaker& b) { b.refused(now); });
        break;
    case Answer::None:
        if (known) change(target, "the question was cancelled", [](Breaker& b) { b.abandoned(); });
        break;
    }
}

bool Circuits::isRefused(const Target& target) const {
    const auto it = breakers_.find(target.credential());
    return it != breakers_.end() && it->second.isRefused();
}

Breaker::State Circuits::state(const Target& target) const {
    const auto it = breakers_.find(target.credential());
    return it == breakers_.end() ? Breaker::State::Closed : it->second.state();
}

} // namespace lm::imentivsink
