#include <gst/gst.h>
#include <gtest/gtest.h>

int main(int argc, char** argv) {
    // gtest does not install gstcheck's traps: a critical is a bug and must end the test.
    g_setenv("G_DEBUG", "fatal-criticals", FALSE);
    gst_init(&argc, &argv);
    ::testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
