#pragma once

#include "plugins/common/handover.hpp"

#include <functional>
#include <utility>

namespace lm {

/// A call that goes to another thread through GLib or GStreamer (a GSource, a thread pool).
class HandedCall {
public:
    explicit HandedCall(std::function<void()> call) : call_(std::move(call)) { written_.give(); }
    ~HandedCall() { written_.take(); }
    HandedCall(const HandedCall&) = delete;
    HandedCall& operator=(const HandedCall&) = delete;

    void run() {
        written_.take();
        call_();
    }

private:
    std::function<void()> call_;
    HandOver written_;
};

} // namespace lm
