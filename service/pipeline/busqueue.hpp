#pragma once

#include "plugins/common/guarded.hpp"
#include "plugins/common/handles.hpp"
#include "service/pipeline/busevents.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>

namespace lm::pipeline {

/// The one way from every pipeline's threads to the main context: a bounded queue and one wake-up for all
/// tracks, where a bus watch per pipeline would be descriptors the main loop scans. Lives on the thread of
/// its context.
class BusQueue {
public:
    using Token = std::uint64_t; // which pipeline
    using Handler = std::function<void(Token, const Event&)>;

    /// Events beyond `limit`, or beyond `maxBytes` together, are discarded and counted, except essential ones
    /// (there are a handful per pipeline). Before that what the analysis service answered is: three quarters
    /// of the bytes are for that. `handler` runs on the thread of `context` (nullptr: the default
    /// one), never after destruction.
    BusQueue(GMainContext* context, Handler handler, std::size_t limit = 1 << 14,
             std::size_t maxBytes = 16 << 20);
    ~BusQueue();
    BusQueue(const BusQueue&) = delete;
    BusQueue& operator=(const BusQueue&) = delete;

    /// Routes what `pipeline` posts from now on into this queue, until `detach`. The pipeline may outlive the
    /// queue.
    void attach(GstElement* pipeline, Token token);
    static void detach(GstElement* pipeline);

    /// A thread-safe, non-blocking way to add an event; also valid after the queue's end, when it does
    /// nothing.
    std::function<void(Event)> sender(Token token);

    /// Where the handler runs (nullptr: the default context).
    GMainContext* context() const { return g_source_get_context(source_.get()); }

    /// Hands everything that waits to the handler now, on its thread.
    void flush();
    /// Events waiting for the main context now.
    std::size_t queued() const;
    /// Events discarded so far.
    std::uint64_t discarded() const;

private:
    struct Shared;
    void deliver();
    std::shared_ptr<Shared> shared_;
    Handler handler_;
    Ref<GSource> source_;
};

} // namespace lm::pipeline
