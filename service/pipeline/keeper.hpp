#pragma once

#include "plugins/common/handles.hpp"
#include "plugins/common/result.hpp"
#include "service/config/settings.hpp"

#include <memory>

namespace lm::pipeline {

/// Keeps the spool being delivered while no track runs: one imentivsink in READY that gets no audio. It tells
/// the log what becomes of blocks whose track has ended. Made before the first track, so that it is the one
/// that is asked.
class Keeper {
public:
    /// nullptr without an endpoint or a spool. An error is a spool that cannot be used.
    static Result<std::unique_ptr<Keeper>> create(const config::Settings& settings);
    ~Keeper();
    Keeper(const Keeper&) = delete;
    Keeper& operator=(const Keeper&) = delete;

private:
    Keeper(Ref<GstElement> sink, Ref<GstBus> bus);

    const Ref<GstElement> sink_;
    const Ref<GstBus> bus_;
};

} // namespace lm::pipeline
