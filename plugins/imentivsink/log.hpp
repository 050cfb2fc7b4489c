#pragma once

#include <gst/gst.h>

/// The debug category of the element, for every file of the folder.
GST_DEBUG_CATEGORY_EXTERN(imentivsink_debug);
#define GST_CAT_DEFAULT imentivsink_debug
