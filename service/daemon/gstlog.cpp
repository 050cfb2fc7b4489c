#include "service/daemon/gstlog.hpp"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/names.hpp"
#include "service/logging/log.hpp"

#include <gst/gst.h>

#include <string>

namespace lm::daemon {
namespace {

using logging::Level;

Level fromGst(GstDebugLevel level) {
    if (level == GST_LEVEL_ERROR) return Level::Error;
    if (level == GST_LEVEL_WARNING) return Level::Warning;
    return level <= GST_LEVEL_INFO ? Level::Info : Level::Debug;
}

/// Takes no lock of the object: some lines are logged while one is held.
void write(GstDebugCategory* category, GstDebugLevel level, const gchar*, const gchar*, gint, GObject* object,
           GstDebugMessage* message, gpointer) {
    fence("GStreamer log", [&] {
        const std::string component = std::string("gst/") + gst_debug_category_get_name(category);
        const char* text = gst_debug_message_get(message);
        const char* id = gst_debug_message_get_id(message);
        const void* track =
            object && G_IS_OBJECT(object) ? g_object_get_data(object, names::trackData) : nullptr;
        // GST_DEBUG has asked for it, whatever LOG_LEVEL says.
        if (track)
            logging::always(fromGst(level), component, text ? text : "",
                            {{"track", static_cast<const char*>(track)}, {"object", id ? id : ""}});
        else
            logging::always(fromGst(level), component, text ? text : "", {{"object", id ? id : ""}});
    });
}

} // namespace

void captureGstreamer() {
    gst_debug_remove_log_function(gst_debug_log_default);
    gst_debug_add_log_function(write, nullptr, nullptr);
}

} // namespace lm::daemon
