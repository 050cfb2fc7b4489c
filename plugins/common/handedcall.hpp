#pragma once

#include <atomic>
#include <functional>
#include <utility>

namespace lm {

/// A call that goes to another thread through GLib or GStreamer (a GSource, a thread pool). Their own locks
/// order the hand-over, but ThreadSanitizer cannot see them: the flag, which costs nothing, it can.
class HandedCall {
public:
    explicit HandedCall(std::function<void()> call) : call_(std::move(call)) {
        written_.store(true, std::memory_order_release);
    }
    ~HandedCall() { take(); }
    HandedCall(const HandedCall&) = delete;
    HandedCall& operator=(const HandedCall&) = delete;

    void run() {
        take();
        call_();
    }

private:
    void take() { (void)written_.load(std::memory_order_acquire); }

    std::function<void()> call_;
    std::atomic<bool> written_{false};
};

} // namespace lm
