#pragma once

#include "plugins/common/handles.hpp"

#include <chrono>
#include <functional>

namespace lm {

/// A one-shot timer on a context. Destroying it disarms it.
class Timer {
public:
    Timer() = default;
    Timer(GMainContext* context, std::chrono::milliseconds delay, std::function<void()> call);
    Timer(Timer&&) noexcept = default;
    Timer& operator=(Timer&& other) noexcept;
    ~Timer();

private:
    Ref<GSource> source_;
};

} // namespace lm
