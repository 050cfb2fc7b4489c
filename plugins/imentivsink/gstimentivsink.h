#pragma once

#include <gst/base/gstbasesink.h>

G_BEGIN_DECLS

#define GST_TYPE_IMENTIV_SINK (gst_imentiv_sink_get_type())
G_DECLARE_FINAL_TYPE(GstImentivSink, gst_imentiv_sink, GST, IMENTIV_SINK, GstBaseSink)
GST_ELEMENT_REGISTER_DECLARE(imentivsink);

G_END_DECLS
