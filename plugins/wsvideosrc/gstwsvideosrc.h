#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_WS_VIDEO_SRC (gst_ws_video_src_get_type())
G_DECLARE_FINAL_TYPE(GstWsVideoSrc, gst_ws_video_src, GST, WS_VIDEO_SRC, GstElement)
GST_ELEMENT_REGISTER_DECLARE(wsvideosrc)

G_END_DECLS
