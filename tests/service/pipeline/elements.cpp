#include "plugins/blockaggregator/gstblockaggregator.h"
#include "plugins/imentivsink/gstimentivsink.h"
#include "plugins/videofilesink/gstvideofilesink.h"
#include "plugins/wavfilesink/gstwavfilesink.h"
#include "plugins/wsaudiosrc/gstwsaudiosrc.h"
#include "plugins/wsvideosrc/gstwsvideosrc.h"

#include <gtest/gtest.h>

namespace {

/// Before any test looks one up: a plugin that is loaded for one element would register all of them, once
/// more.
class Elements : public testing::Environment {
    void SetUp() override {
        ASSERT_TRUE(GST_ELEMENT_REGISTER(wsaudiosrc, nullptr));
        ASSERT_TRUE(GST_ELEMENT_REGISTER(wsvideosrc, nullptr));
        ASSERT_TRUE(GST_ELEMENT_REGISTER(blockaggregator, nullptr));
        ASSERT_TRUE(GST_ELEMENT_REGISTER(imentivsink, nullptr));
        ASSERT_TRUE(GST_ELEMENT_REGISTER(wavfilesink, nullptr));
        ASSERT_TRUE(GST_ELEMENT_REGISTER(videofilesink, nullptr));
    }
};

[[maybe_unused]] const auto* const elements = testing::AddGlobalTestEnvironment(new Elements);

} // namespace
