#include "plugins/common/timer.hpp"

#include "plugins/common/cboundary.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace lm {

Timer::Timer(GMainContext* context, std::chrono::milliseconds delay, std::function<void()> call)
    : source_(Ref<GSource>::adopt(
          g_timeout_source_new(static_cast<guint>(std::max<std::int64_t>(delay.count(), 0))))) {
    g_source_set_callback(
        source_.get(),
        [](gpointer data) -> gboolean {
            fence("timer", [&] { (*static_cast<std::function<void()>*>(data))(); });
            return G_SOURCE_REMOVE;
        },
        new std::function<void()>(std::move(call)),
        [](gpointer data) { delete static_cast<std::function<void()>*>(data); });
    g_source_attach(source_.get(), context);
}

Timer& Timer::operator=(Timer&& other) noexcept {
    std::swap(source_, other.source_);
    return *this;
}

Timer::~Timer() {
    if (source_) g_source_destroy(source_.get());
}

} // namespace lm
