#pragma once

#include "plugins/common/handles.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace lm::pipeline {

/// Brings pipelines to NULL on a few threads of its own: going to NULL waits for the stream lock, which an
/// ingest thread may hold while a disk is slow. Neither the main loop nor an ingest thread may wait for that.
class Reaper {
public:
    explicit Reaper(std::size_t threads = 2);
    /// Waits for what was handed in, at most `patience`; a pipeline that hangs longer is left to the
    /// process's end.
    ~Reaper();
    Reaper(const Reaper&) = delete;
    Reaper& operator=(const Reaper&) = delete;

    /// Never blocks. `down` runs on a reaper thread once the pipeline is in NULL and will post nothing more.
    void tearDown(Ref<GstElement> pipeline, std::function<void()> down);

    /// For tests.
    std::chrono::milliseconds patience{5000};

private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

} // namespace lm::pipeline
