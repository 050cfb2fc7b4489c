#pragma once

#include <glib.h>

#include <exception>
#include <utility>

namespace lm {

/// The fence of every C callback (vfunc, GSource, signal): nothing unwinds into C. An exception that gets
/// here is a bug or exhaustion; it is reported as critical with `where` and the callback answers `fallback`.
template <typename R, typename Call> R fence(const char* where, R fallback, Call&& call) noexcept {
    try {
        return std::forward<Call>(call)();
    } catch (const std::exception& e) {
        g_critical("%s: %s", where, e.what());
    } catch (...) {
        g_critical("%s: unknown exception", where);
    }
    return fallback;
}

template <typename Call> void fence(const char* where, Call&& call) noexcept {
    fence<int>(where, 0, [&] {
        std::forward<Call>(call)();
        return 0;
    });
}

} // namespace lm
