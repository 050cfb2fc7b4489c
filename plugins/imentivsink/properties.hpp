#pragma once

#include "plugins/imentivsink/settings.hpp"

#include <glib-object.h>

namespace lm::imentivsink {

/// Property ids of the element.
enum class Property : guint {
    Endpoint = 1,
    ApiKey,
    Payload,
    MeetingId,
    Participant,
    TrackName,
    Session,
    SendSilence,
    TimeoutMs,
    MaxAttempts,
    DrainTimeoutMs,
    MaxQueueBytes,
    MaxInFlight,
    MaxTotalBytes,
    SpoolDirectory,
    SpoolMaxBytes,
    SpoolMaxAge,
    SpoolReceipts,
    CircuitFailures,
    CircuitPauseMs,
    RefusedPauseMs,
    Stats,
};

void installProperties(GObjectClass* klass);
/// False when the id is not one of a setting. `endpoint` reads back without its secrets, `api-key` never.
bool writeProperty(Settings& settings, guint id, const GValue* value);
bool readProperty(const Settings& settings, guint id, GValue* value);

} // namespace lm::imentivsink
