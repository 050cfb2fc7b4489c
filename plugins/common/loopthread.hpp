#pragma once

#include "plugins/common/handles.hpp"

#include <functional>
#include <thread>

namespace lm {

/// One thread with its own GMainContext and loop, the home of network objects that belong to one thread.
/// Everything posted before destruction begins is run; destruction joins, so it must not happen on the thread
/// itself.
class LoopThread {
public:
    explicit LoopThread(const char* name);
    ~LoopThread();
    LoopThread(const LoopThread&) = delete;
    LoopThread& operator=(const LoopThread&) = delete;

    /// Runs `call` on the thread, after what was posted before. Thread-safe, never blocks.
    void post(std::function<void()> call);
    /// Runs `call` on the thread and waits for it. Called on the thread itself it runs at once.
    void run(const std::function<void()>& call);

    GMainContext* context() const { return context_.get(); }
    bool isCurrent() const { return std::this_thread::get_id() == thread_.get_id(); }

private:
    Ref<GMainContext> context_;
    Ref<GMainLoop> loop_;
    std::thread thread_;
};

/// Runs `call` once on the thread that owns `context`, at default priority. Unlike g_main_context_invoke it
/// never runs inside the caller.
void postTo(GMainContext* context, std::function<void()> call);

} // namespace lm
