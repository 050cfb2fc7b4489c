#pragma once

#include "plugins/common/mediasource/control.hpp"

namespace lm::mediasource {

/// What the GObject shells of the sources have in common: there is no base class for a source without a
/// streaming thread, so states, EOS and queries are handled here. Call them fenced.

/// One element error for whatever keeps the source from running.
GstStateChangeReturn fail(GstElement* element, const Error& error);

/// `start` runs on the way to PAUSED and has told its failure.
GstStateChangeReturn changeState(GstElement* element, GstElementClass* parent, GstStateChange transition,
                                 Control& control, const std::function<bool()>& start);

/// Answers what a live source of `contextWait` answers; false for other queries.
bool answer(GstQuery* query, std::chrono::milliseconds contextWait);

} // namespace lm::mediasource
