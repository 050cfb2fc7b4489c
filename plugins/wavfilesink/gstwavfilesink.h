#pragma once

#include <gst/base/gstbasesink.h>

G_BEGIN_DECLS

#define GST_TYPE_WAV_FILE_SINK (gst_wav_file_sink_get_type())
G_DECLARE_FINAL_TYPE(GstWavFileSink, gst_wav_file_sink, GST, WAV_FILE_SINK, GstBaseSink)
GST_ELEMENT_REGISTER_DECLARE(wavfilesink);

G_END_DECLS
