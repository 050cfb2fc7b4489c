#pragma once

#include <gst/base/gstbasesink.h>

G_BEGIN_DECLS

#define GST_TYPE_VIDEO_FILE_SINK (gst_video_file_sink_get_type())
G_DECLARE_FINAL_TYPE(GstVideoFileSink, gst_video_file_sink, GST, VIDEO_FILE_SINK, GstBaseSink)
GST_ELEMENT_REGISTER_DECLARE(videofilesink)

G_END_DECLS
