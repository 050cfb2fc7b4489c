#include "plugins/wavfilesink/reporter.hpp"

#include "plugins/common/names.hpp"

GST_DEBUG_CATEGORY_EXTERN(wavfilesink_debug);
#define GST_CAT_DEFAULT wavfilesink_debug

namespace lm::wavfilesink {
namespace {

namespace n = names::wavfilesink;

GstStructure* partStructure(const char* name, const PartInfo& part) {
    return gst_structure_new(name, "part", G_TYPE_UINT, part.number, "location", G_TYPE_STRING,
                             part.path.c_str(), "sample", G_TYPE_UINT64, part.sample, "utc-ns", G_TYPE_INT64,
                             part.utcNs, "rate", G_TYPE_INT, static_cast<gint>(part.format.rate), "channels",
                             G_TYPE_INT, static_cast<gint>(part.format.channels), nullptr);
}

} // namespace

void Reporter::post(GstStructure* structure) {
    gst_element_post_message(element_, gst_message_new_element(GST_OBJECT_CAST(element_), structure));
}

void Reporter::partOpened(const PartInfo& part) {
    GST_INFO_OBJECT(element_, "part %u begins with sample %" G_GUINT64_FORMAT ": %s", part.number,
                    part.sample, part.path.c_str());
    post(partStructure(n::msgPartOpened, part));
}

void Reporter::partClosed(const PartInfo& part) {
    GstStructure* structure = partStructure(n::msgPartClosed, part);
    gst_structure_set(structure, "samples", G_TYPE_UINT64, part.samples, nullptr);
    post(structure);
}

void Reporter::paused(std::uint64_t sample, const std::string& reason, const std::string& path) {
    GST_WARNING_OBJECT(element_,
                       "recording pauses at sample %" G_GUINT64_FORMAT ", %s cannot be written: %s; it is "
                       "tried again",
                       sample, path.c_str(), reason.c_str());
    post(gst_structure_new(n::msgPaused, "sample", G_TYPE_UINT64, sample, "reason", G_TYPE_STRING,
                           reason.c_str(), "location", G_TYPE_STRING, path.c_str(), nullptr));
}

void Reporter::resumed(std::uint64_t sample, std::uint64_t skipped) {
    GST_WARNING_OBJECT(element_,
                       "recording goes on at sample %" G_GUINT64_FORMAT " after %" G_GUINT64_FORMAT
                       " that are in no file",
                       sample, skipped);
    post(gst_structure_new(n::msgResumed, "sample", G_TYPE_UINT64, sample, "skipped", G_TYPE_UINT64, skipped,
                           nullptr));
}

void Reporter::finished(const Stats& stats) {
    post(gst_structure_new(n::msgFinished, "samples", G_TYPE_UINT64, stats.recordedSamples, "skipped",
                           G_TYPE_UINT64, stats.skippedSamples, "parts", G_TYPE_UINT, stats.parts, nullptr));
}

} // namespace lm::wavfilesink
