#pragma once

#include "service/pipeline/description.hpp"

namespace lm::pipeline {

/// The values as they will be set: checked against the description, defaults filled in.
/// Error::where is the JSON pointer of the value.
Result<Values> complete(const Description& description, const Values& values);

/// A GstPipeline in state NULL with every property and binding set. Only the constant template is parsed as
/// launch text; `values` reach elements as typed property values. An Error when a value is unknown, missing
/// or out of range, or an element or property does not exist. Its bus holds no file descriptors: it serves a
/// sync handler only.
Result<Ref<GstElement>> build(const Description& description, const Values& values, const Handles& handles);

/// Everything about a description that can be wrong without a track: builds the template, checks every target
/// of parameters, handles and bindings by type and range. The elements stay in NULL: sinks open their files
/// on the way to READY, and there is no file yet. Error::where is `file: pointer`.
std::optional<Error> verify(const Description& description);

/// What a track runs with, to show it: name, title and every value; secrets read `(set)`. The template is
/// left out: its author may have written a secret into it.
json::Node resolved(const Description& description, const Values& values);

} // namespace lm::pipeline
