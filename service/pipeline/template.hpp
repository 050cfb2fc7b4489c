#pragma once

#include "service/pipeline/description.hpp"

namespace lm::pipeline {

/// Parses the constant launch text with every error fatal. The result is a GstPipeline in NULL whose bus
/// creates no file descriptors (an ordinary bus holds two, for a watch that nobody sets here).
/// Error::where is `file: pointer`.
Result<Ref<GstElement>> parseTemplate(const Description& description);

/// The element of the pipeline with that role; empty when there is none.
Ref<GstElement> findRole(GstElement* pipeline, const std::string& role);

} // namespace lm::pipeline
