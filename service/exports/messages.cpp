#include "service/exports/messages.hpp"

#include "plugins/common/cboundary.hpp"
#include "service/logging/log.hpp"

namespace lm::exports {
namespace {

/// The title of the track of an element; empty for one that belongs to all.
std::string trackOf(GstMessage* message, const Ear& ear) {
    const Owned<char> name(gst_object_get_name(GST_MESSAGE_SRC(message)));
    const std::string text = name.get();
    const std::size_t at = text.find_first_of("0123456789");
    const std::size_t number = at == std::string::npos ? ear.tracks.size() : std::stoul(text.substr(at));
    return number < ear.tracks.size() ? ear.tracks[number] : "";
}

/// What fails first ends the export, and the rest follows from it.
void report(GstMessage* message, const Ear& ear) {
    if (!ear.out->finish(false)) return;
    Owned<GError> error;
    Owned<char> detail;
    gst_message_parse_error(message, OutPtr(error), OutPtr(detail));
    logging::warning("export", "a recording cannot be exported, and the export ends",
                     {{"export", ear.title},
                      {"trackId", trackOf(message, ear)},
                      {"reason", error->message},
                      {"detail", detail ? detail.get() : ""}});
}

/// On the thread that posts it.
void hear(GstMessage* message, const Ear& ear) {
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) return report(message, ear);
    if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_STREAM_STATUS) return;
    GstStreamStatusType type{};
    gst_message_parse_stream_status(message, &type, nullptr);
    const GValue* task = gst_message_get_stream_status_object(message);
    if (type == GST_STREAM_STATUS_TYPE_CREATE && task && G_VALUE_HOLDS(task, GST_TYPE_TASK))
        gst_task_set_pool(GST_TASK(g_value_get_object(task)), GST_TASK_POOL(ear.pool.get()));
}

} // namespace

void hearMessages(GstElement* pipeline, Ear ear) {
    const auto bus = Ref<GstBus>::adopt(gst_element_get_bus(pipeline));
    gst_bus_set_sync_handler(
        bus.get(),
        [](GstBus*, GstMessage* message, gpointer data) {
            fence("export", [&] { hear(message, *static_cast<Ear*>(data)); });
            gst_message_unref(message); // GST_BUS_DROP leaves the message to the handler
            return GST_BUS_DROP;
        },
        new Ear(std::move(ear)), [](gpointer data) { delete static_cast<Ear*>(data); });
}

} // namespace lm::exports
