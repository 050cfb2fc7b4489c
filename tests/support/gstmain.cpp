#include "plugins/common/earlytypes.hpp"

#include <gst/gst.h>
#include <gtest/gtest.h>

int main(int argc, char** argv) {
    // gtest does not install gstcheck's traps: a critical is a bug and must end the test.
    g_log_set_always_fatal(static_cast<GLogLevelFlags>(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL));
    gst_init(&argc, &argv);
    lm::makeTypesEarly(); // as plugin_init does, which is not called here
    ::testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
