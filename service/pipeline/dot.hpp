#pragma once

#include "service/pipeline/description.hpp"

namespace lm::pipeline {

/// A running pipeline in the language of graphviz: elements, pads, caps and states as GStreamer draws them,
/// and a note with the values the track runs with.
///
/// GStreamer's own list of properties is left out: it would show secrets, cut and escaped in ways that no
/// filter can be sure of. The note has the description's parameters instead, whose secrets are known, see
/// Description::isSecret.
///
/// Any thread. Takes the object locks of elements and pads one after the other, for as long as a field is
/// copied; no element holds one while data flows, so neither side waits for the other.
std::string dotText(GstElement* pipeline, const Description& description, const Values& values);

/// What a value may be shown as: `(set)` for a secret, see Description::isSecret.
std::string shownText(const Description& description, const std::string& name, const Value& value);

} // namespace lm::pipeline
