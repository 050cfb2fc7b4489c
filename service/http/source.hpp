#pragma once

#include "plugins/common/handles.hpp"

#include <chrono>
#include <functional>

namespace lm::http {

/// An owned GSource on the thread-default context: gone with its owner, safe to replace or stop inside its
/// own callback.
class Source {
public:
    Source() = default;
    ~Source() { stop(); }
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;

    /// Runs `call` once, after `delay`.
    void after(std::chrono::milliseconds delay, std::function<void()> call);
    /// Runs `call` whenever `fd` can be read or has hung up, until stopped.
    void watch(int fd, std::function<void()> call);
    /// The same for a stream, which may hold more than its descriptor tells.
    void watch(GPollableInputStream* stream, std::function<void()> call);
    void stop();
    bool active() const { return static_cast<bool>(source_); }

private:
    void attach(Ref<GSource> source, GSourceFunc callback, std::function<void()> call);
    Ref<GSource> source_;
};

} // namespace lm::http
