#pragma once

#include "plugins/common/handles.hpp"

namespace lm::exports {

/// Niceness of the threads that make exports.
inline constexpr int niceness = 10;

/// For the tasks of a pipeline that everything else goes before: each gets a thread of its own, of low
/// priority. GStreamer's own pool lends its threads to any pipeline afterwards, and a process may not give a
/// thread its priority back.
Ref<GstObject> makeTaskPool();

} // namespace lm::exports
