#include "plugins/blockaggregator/gstblockaggregator.h"
#include "plugins/common/earlytypes.hpp"
#include "plugins/imentivsink/gstimentivsink.h"
#include "plugins/videofilesink/gstvideofilesink.h"
#include "plugins/wavfilesink/gstwavfilesink.h"
#include "plugins/wsaudiosrc/gstwsaudiosrc.h"
#include "plugins/wssink/gstwssink.h"
#include "plugins/wsvideosrc/gstwsvideosrc.h"

static gboolean plugin_init(GstPlugin* plugin) {
    lm::makeTypesEarly();
    gboolean any = FALSE;
    any |= GST_ELEMENT_REGISTER(wsaudiosrc, plugin);
    any |= GST_ELEMENT_REGISTER(blockaggregator, plugin);
    any |= GST_ELEMENT_REGISTER(imentivsink, plugin);
    any |= GST_ELEMENT_REGISTER(wavfilesink, plugin);
    any |= GST_ELEMENT_REGISTER(wssink, plugin);
    any |= GST_ELEMENT_REGISTER(wsvideosrc, plugin);
    any |= GST_ELEMENT_REGISTER(videofilesink, plugin);
    return any;
}

#define PACKAGE "live-meeting"
GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, livemeeting,
                  "Meeting audio and video: WebSocket ingest, recording, block aggregation, delivery to an "
                  "analysis service",
                  plugin_init, "0.1.0", "LGPL", "live-meeting", "Unknown package origin")
