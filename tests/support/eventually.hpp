#pragma once

#include <glib.h>

#include <chrono>
#include <functional>

namespace lm::test {

/// Runs `context` (nullptr: the default one) until `done()` or the deadline; false when the deadline came
/// first.
inline bool eventually(const std::function<bool()>& done, GMainContext* context = nullptr,
                       std::chrono::seconds limit = std::chrono::seconds(20)) {
    // The timer only makes a blocking iteration return, so that conditions that change without a source are
    // seen.
    GSource* wake = g_timeout_source_new(2);
    g_source_set_callback(
        wake, [](gpointer) -> gboolean { return G_SOURCE_CONTINUE; }, nullptr, nullptr);
    g_source_attach(wake, context);
    const auto deadline = std::chrono::steady_clock::now() + limit;
    bool ok = done();
    while (!ok && std::chrono::steady_clock::now() < deadline) {
        g_main_context_iteration(context, TRUE);
        ok = done();
    }
    g_source_destroy(wake);
    g_source_unref(wake);
    return ok;
}

} // namespace lm::test
