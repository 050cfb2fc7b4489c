#include "plugins/imentivsink/breaker.hpp"

#include <algorithm>

namespace lm::imentivsink {

bool Breaker::admit(Clock::time_point now) {
    if (state_ == State::Closed) return true;
    if (state_ == State::HalfOpen || now < probeAt_) return false;
    state_ = State::HalfOpen;
    return true;
}

void Breaker::succeeded() {
    state_ = State::Closed;
    refused_ = false;
    failures_ = 0;
    opened_ = 0;
}

void Breaker::failed(Clock::time_point now, double chance) {
    ++failures_;
    // What was sent before it opened tells nothing new.
    if (state_ == State::Open || (state_ == State::Closed && failures_ < limits_.failures)) return;
    refused_ = false;
    const unsigned doublings = std::min(opened_, 10U);
    const auto pause = std::min(limits_.longest, limits_.pause * (1 << doublings));
    const double part = 0.5 + chance / 2;
    open(now +
         std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(pause.count()) * part)));
}

void Breaker::refused(Clock::time_point now) {
    ++failures_;
    refused_ = true;
    open(now + limits_.refusedPause);
}

void Breaker::abandoned() {
    if (state_ == State::HalfOpen) state_ = State::Open; // the pause is over: the next one is the probe
}

void Breaker::open(Clock::time_point at) {
    state_ = State::Open;
    probeAt_ = at;
    ++opened_;
}

const char* stateName(Breaker::State state) {
    switch (state) {
    case Breaker::State::Closed:
        return "closed";
    case Breaker::State::Open:
        return "open";
    case Breaker::State::HalfOpen:
        return "half-open";
    }
    return "closed";
}

} // namespace lm::imentivsink
