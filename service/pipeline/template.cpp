#include "service/pipeline/template.hpp"

namespace lm::pipeline {

Result<Ref<GstElement>> parseTemplate(const Description& description) {
    const std::string where = description.file + ": " + description.templatePointer;
    Owned<GError> error;
    auto parsed = Ref<GstElement>::sink(gst_parse_launch_full(description.launch.c_str(), nullptr,
                                                              GST_PARSE_FLAG_FATAL_ERRORS, OutPtr(error)));
    if (!parsed || error) return Error{error ? error->message : "cannot be parsed", where};
    if (!GST_IS_PIPELINE(parsed.get())) return Error{"not a pipeline of at least two elements", where};
    const auto bus = Ref<GstBus>::sink(GST_BUS(g_object_new(GST_TYPE_BUS, "enable-async", FALSE, nullptr)));
    gst_element_set_bus(parsed.get(), bus.get());
    return parsed;
}

Ref<GstElement> findRole(GstElement* pipeline, const std::string& role) {
    return Ref<GstElement>::adopt(gst_bin_get_by_name(GST_BIN(pipeline), role.c_str()));
}

} // namespace lm::pipeline
