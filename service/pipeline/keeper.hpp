#pragma once

#include "plugins/common/handles.hpp"
#include "plugins/common/result.hpp"
#include "service/config/settings.hpp"
#include "service/pipeline/busqueue.hpp"
#include "service/pipeline/readings.hpp"

#include <functional>
#include <memory>

namespace lm::pipeline {

/// Keeps the spool being delivered while no track runs: one imentivsink in READY that gets no audio. It tells
/// the log what becomes of blocks whose track has ended. Made before the first track, so that it is the one
/// that is asked.
class Keeper {
public:
    using Notify = std::function<void(const Event&)>;
    /// nullptr without an endpoint or a spool. An error is a spool that cannot be used. `notify` hears, on
    /// the main context, what the log is told.
    static Result<std::unique_ptr<Keeper>> create(const config::Settings& settings, Notify notify = {});
    ~Keeper();
    Keeper(const Keeper&) = delete;
    Keeper& operator=(const Keeper&) = delete;

    /// Delivers nothing more, and tells `notify` at once of all that it did.
    void stop();
    SpoolReadings spool() const { return readSpool(sink_.get()); }

private:
    Keeper(Ref<GstElement> sink, Ref<GstBus> bus, Notify notify);
    void listen();

    const Ref<GstElement> sink_;
    const Ref<GstBus> bus_;
    const Notify notify_;
    BusQueue queue_; // bounded: a main loop that is held up must not cost memory
};

} // namespace lm::pipeline
