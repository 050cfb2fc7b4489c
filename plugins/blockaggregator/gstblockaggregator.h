#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_BLOCK_AGGREGATOR (gst_block_aggregator_get_type())
G_DECLARE_FINAL_TYPE(GstBlockAggregator, gst_block_aggregator, GST, BLOCK_AGGREGATOR, GstElement)
GST_ELEMENT_REGISTER_DECLARE(blockaggregator);

G_END_DECLS
