#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_WS_AUDIO_SRC (gst_ws_audio_src_get_type())
G_DECLARE_FINAL_TYPE(GstWsAudioSrc, gst_ws_audio_src, GST, WS_AUDIO_SRC, GstElement)
GST_ELEMENT_REGISTER_DECLARE(wsaudiosrc);

G_END_DECLS
