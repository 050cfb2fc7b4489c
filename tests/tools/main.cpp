#include <glib.h>
#include <gtest/gtest.h>

#include <csignal>

int main(int argc, char** argv) {
    g_setenv("G_DEBUG", "fatal-criticals", FALSE);
    std::signal(SIGPIPE, SIG_IGN);
    ::testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
