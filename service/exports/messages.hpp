#pragma once

#include "plugins/common/handles.hpp"
#include "service/exports/conduit.hpp"
#include "service/exports/taskpool.hpp"

#include <memory>
#include <string>
#include <vector>

namespace lm::exports {

/// Who hears the messages of a pipeline.
struct Ear {
    std::shared_ptr<Conduit> out;
    std::string title;               // of the export
    std::vector<std::string> tracks; // their titles, by the numbers in the names of elements
    Ref<GstObject> pool = makeTaskPool();
};

/// From now on the pipeline's threads are those of the ear's pool, and its first error is logged and ends
/// `out`. Before it begins to run.
void hearMessages(GstElement* pipeline, Ear ear);

} // namespace lm::exports
