#pragma once

#include "service/metrics/samples.hpp"

namespace lm::metrics {

/// The process as the kernel sees it, under the names that every Prometheus client library uses
/// (`process_cpu_seconds_total`, `process_resident_memory_bytes`, `process_open_fds`, …). What cannot be read
/// is left out.
void collectProcess(Samples& samples);

} // namespace lm::metrics
