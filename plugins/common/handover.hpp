#pragma once

#include <atomic>

namespace lm {

/// Marks a hand-over to another thread through GLib, GStreamer or libsoup (a GSource, a thread pool, the
/// handler of a bus, a reference count). Their own locks order it, but ThreadSanitizer cannot see them: this,
/// which costs next to nothing, it can. What stands before a `give` on one thread is seen behind the next
/// `take` on another. Any thread.
class HandOver {
public:
    void give() { given_.fetch_add(1, std::memory_order_release); }
    void take() const { (void)given_.load(std::memory_order_acquire); }

private:
    std::atomic<unsigned> given_{0};
};

} // namespace lm
