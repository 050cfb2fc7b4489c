#include "plugins/common/cboundary.hpp"
#include "plugins/common/guarded.hpp"
#include "plugins/common/handles.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

using namespace lm;

TEST(Ref, AdoptsSharesAndReleases) {
    auto one = Ref<GstBuffer>::adopt(gst_buffer_new());
    EXPECT_EQ(GST_MINI_OBJECT_REFCOUNT_VALUE(one.get()), 1);
    {
        const auto two = Ref<GstBuffer>::share(one.get());
        auto three = two;
        EXPECT_EQ(GST_MINI_OBJECT_REFCOUNT_VALUE(one.get()), 3);
        GstBuffer* raw = three.release();
        EXPECT_FALSE(three);
        gst_buffer_unref(raw);
        EXPECT_TRUE(two == one);
    }
    EXPECT_EQ(GST_MINI_OBJECT_REFCOUNT_VALUE(one.get()), 1);
}

TEST(Ref, SurvivesAssignmentToItself) {
    auto buffer = Ref<GstBuffer>::adopt(gst_buffer_new());
    auto& alias = buffer;
    buffer = alias;
    EXPECT_EQ(GST_MINI_OBJECT_REFCOUNT_VALUE(buffer.get()), 1);
}

TEST(Ref, SinksAFloatingObject) {
    const auto pad = Ref<GstPad>::sink(gst_pad_new("x", GST_PAD_SRC));
    EXPECT_FALSE(g_object_is_floating(pad.get()));
    EXPECT_EQ(GST_OBJECT_REFCOUNT_VALUE(pad.get()), 1);
}

TEST(MappedMemory, IsMappedWhileItLives) {
    const auto memory = Ref<GstMemory>::adopt(gst_allocator_alloc(nullptr, 3, nullptr));
    {
        const MappedMemory writable(memory.get(), GST_MAP_WRITE);
        ASSERT_TRUE(writable);
        EXPECT_EQ(writable.size(), 3u);
        writable.data()[2] = 7;
        EXPECT_FALSE(MappedMemory(memory.get(), GST_MAP_READ)) << "it is being written";
        EXPECT_EQ(MappedMemory(memory.get(), GST_MAP_READ).size(), 0u);
    }
    const MappedMemory readable(memory.get(), GST_MAP_READ);
    ASSERT_TRUE(readable);
    EXPECT_EQ(readable.data()[2], 7);
}

TEST(OutPtr, AdoptsWhatTheCallLeft) {
    Owned<GError> error;
    char* contents = nullptr;
    EXPECT_FALSE(g_file_get_contents("/nonexistent", &contents, nullptr, OutPtr(error)));
    ASSERT_TRUE(error);
    EXPECT_TRUE(g_error_matches(error.get(), G_FILE_ERROR, G_FILE_ERROR_NOENT));
}

TEST(Fence, TurnsAnExceptionIntoTheFallback) {
    g_log_set_always_fatal(G_LOG_LEVEL_ERROR);
    const auto quiet = g_log_set_handler(
        nullptr, G_LOG_LEVEL_CRITICAL, [](auto...) {}, nullptr);
    EXPECT_EQ(fence("test", 7, []() -> int { throw std::runtime_error("boom"); }), 7);
    EXPECT_EQ(fence("test", 7, [] { return 1; }), 1);
    g_log_remove_handler(nullptr, quiet);
}

TEST(Guarded, UnlockedReleasesTheLockAndTakesItAgain) {
    Guarded<int> value(1);
    auto locked = value.lock();
    locked.unlocked([&] { *value.lock() = 2; });
    EXPECT_EQ(*locked, 2);
}
