#include "plugins/videofilesink/reporter.hpp"

#include "plugins/common/names.hpp"
#include "plugins/common/video/ivf.hpp"

GST_DEBUG_CATEGORY_EXTERN(videofilesink_debug);
#define GST_CAT_DEFAULT videofilesink_debug

namespace lm::videofilesink {
namespace {

namespace n = names::videofilesink;

GstStructure* partStructure(const char* name, const PartInfo& part) {
    return gst_structure_new(name, "part", G_TYPE_UINT, part.number, "location", G_TYPE_STRING,
                             part.path.c_str(), "sample", G_TYPE_UINT64, guint64{part.sample}, "utc-ns",
                             G_TYPE_INT64, gint64{part.utcNs}, "rate", G_TYPE_INT,
                             static_cast<gint>(video::ivfTimescale), "channels", G_TYPE_INT, 0, nullptr);
}

} // namespace

void Reporter::post(GstStructure* structure) {
    gst_element_post_message(element_, gst_message_new_element(GST_OBJECT_CAST(element_), structure));
}

void Reporter::partOpened(const PartInfo& part) {
    post(partStructure(n::msgPartOpened, part));
}

void Reporter::partClosed(const PartInfo& part) {
    GstStructure* structure = partStructure(n::msgPartClosed, part);
    gst_structure_set(structure, "samples", G_TYPE_UINT64, guint64{part.samples}, "bytes", G_TYPE_UINT64,
                      guint64{part.bytes}, nullptr);
    post(structure);
}

void Reporter::paused(std::uint64_t sample, const std::string& reason, const std::string& path) {
    GST_WARNING_OBJECT(element_, "recording pauses, %s cannot be written: %s; it is tried again",
                       path.c_str(), reason.c_str());
    post(gst_structure_new(n::msgPaused, "sample", G_TYPE_UINT64, guint64{sample}, "reason", G_TYPE_STRING,
                           reason.c_str(), "location", G_TYPE_STRING, path.c_str(), nullptr));
}

void Reporter::resumed(std::uint64_t sample, std::uint64_t skipped) {
    GST_WARNING_OBJECT(element_, "recording goes on after %" G_GUINT64_FORMAT " ms that are in no file",
                       skipped);
    post(gst_structure_new(n::msgResumed, "sample", G_TYPE_UINT64, guint64{sample}, "skipped", G_TYPE_UINT64,
                           guint64{skipped}, nullptr));
}

void Reporter::finished(const Stats& stats) {
    post(gst_structure_new(n::msgFinished, "samples", G_TYPE_UINT64, guint64{stats.recordedSamples},
                           "skipped", G_TYPE_UINT64, guint64{stats.skippedSamples}, "parts", G_TYPE_UINT,
                           stats.parts, nullptr));
}

void Reporter::movieOpened(const std::string& path) {
    post(gst_structure_new(n::msgMovieOpened, "location", G_TYPE_STRING, path.c_str(), nullptr));
}

void Reporter::movieEnded(const std::string& path, const std::string& reason) {
    GST_WARNING_OBJECT(element_, "%s ends here: %s", path.c_str(), reason.c_str());
    post(gst_structure_new(n::msgMovieEnded, "location", G_TYPE_STRING, path.c_str(), "reason", G_TYPE_STRING,
                           reason.c_str(), nullptr));
}

} // namespace lm::videofilesink
