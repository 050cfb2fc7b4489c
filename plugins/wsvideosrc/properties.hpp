#pragma once

#include "plugins/wsvideosrc/sourcecontrol.hpp"

namespace lm::wsvideosrc {

/// The properties of the element: what they are called, which values they take, and which setting each is.
/// The README has the table. Ids are those a GObject passes; false is returned for one that is not known.
void installProperties(GObjectClass* klass);

bool writeProperty(Settings& settings, guint id, const GValue* value);
/// `boundPort` is shown instead of the one asked for, unless it is 0.
bool readProperty(const Settings& settings, std::uint16_t boundPort, guint id, GValue* value);
/// The read-only ones.
bool readFigures(SourceControl& control, guint id, GValue* value);

} // namespace lm::wsvideosrc
