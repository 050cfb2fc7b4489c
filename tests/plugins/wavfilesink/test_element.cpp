#include "plugins/common/handles.hpp"
#include "plugins/common/names.hpp"
#include "plugins/common/wav/header.hpp"
#include "plugins/wavfilesink/gstwavfilesink.h"
#include "tests/support/temporarydirectory.hpp"

#include <gst/check/gstharness.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace {

using namespace lm;
namespace fs = std::filesystem;
namespace n = names::wavfilesink;

constexpr char stereoCaps[] = "audio/x-raw,format=S16LE,layout=interleaved,rate=48000,channels=2";
constexpr char monoCaps[] = "audio/x-raw,format=S16LE,layout=interleaved,rate=48000,channels=1";

class WavFileSink : public testing::Test {
protected:
    void SetUp() override {
        static const bool registered = GST_ELEMENT_REGISTER(wavfilesink, nullptr);
        ASSERT_TRUE(registered);
    }
    void TearDown() override { stop(); }
    void play(const char* caps = stereoCaps, guint64 maxBytes = 0) {
        sink_ = Ref<GstElement>::sink(gst_element_factory_make(n::factory, nullptr));
        g_object_set(sink_.get(), n::location, path("meeting/x.wav").c_str(), nullptr);
        if (maxBytes) g_object_set(sink_.get(), n::maxBytes, maxBytes, nullptr);
        gst_element_set_bus(sink_.get(), bus_.get());
        harness_ = gst_harness_new_with_element(sink_.get(), "sink", nullptr);
        gst_harness_set_src_caps_str(harness_, caps);
    }
    void stop() {
        if (!harness_) return;
        gst_harness_teardown(harness_);
        harness_ = nullptr;
        gst_element_set_state(sink_.get(), GST_STATE_NULL);
        gst_element_set_bus(sink_.get(), nullptr);
    }
    /// Pushes the next bytes of the audio in `memories` memories.
    void push(std::size_t bytes, std::size_t memories = 1, std::int64_t utcNs = 0) {
        auto buffer = Ref<GstBuffer>::adopt(gst_buffer_new());
        for (std::size_t m = 0; m < memories; ++m) {
            std::string piece(bytes / memories, '\0');
            for (char& c : piece)
                c = static_cast<char>((sent_.size() * 31 + sent_.size() / 251) & 0xff), sent_ += c;
            GstBuffer* one = gst_buffer_new_memdup(piece.data(), piece.size());
            gst_buffer_append_memory(buffer.get(), gst_buffer_get_memory(one, 0));
            gst_buffer_unref(one);
        }
        if (utcNs) {
            const auto caps = Ref<GstCaps>::adopt(gst_caps_new_empty_simple(names::utcCaps));
            gst_buffer_add_reference_timestamp_meta(buffer.get(), caps.get(),
                                                    static_cast<GstClockTime>(utcNs), GST_CLOCK_TIME_NONE);
        }
        ASSERT_EQ(gst_harness_push(harness_, buffer.release()), GST_FLOW_OK);
    }
    std::string path(const std::string& name) const { return (root_ / name).string(); }
    std::string read(const std::string& name) const {
        std::ifstream in(path(name), std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    static std::string headerText(const wav::Format& format, std::uint64_t bytes, std::int64_t utcNs = 0) {
        const auto header = wav::header(format, bytes, utcNs);
        return {reinterpret_cast<const char*>(header.data()), header.size()};
    }
    /// Names of the element messages so far.
    std::vector<std::string> messages() {
        std::vector<std::string> all;
        while (const auto m = Ref<GstMessage>::adopt(gst_bus_pop(bus_.get())))
            if (GST_MESSAGE_TYPE(m.get()) == GST_MESSAGE_ELEMENT)
                all.emplace_back(gst_structure_get_name(gst_message_get_structure(m.get())));
        return all;
    }
    guint64 stat(const char* name) const {
        GstStructure* s = nullptr;
        g_object_get(sink_.get(), n::stats, &s, nullptr);
        const Owned<GstStructure> stats(s);
        guint64 value = 0;
        gst_structure_get_uint64(stats.get(), name, &value);
        return value;
    }

    const lm::test::TemporaryDirectory directory_;
    const fs::path root_ = directory_.path();
    Ref<GstBus> bus_ = Ref<GstBus>::adopt(gst_bus_new());
    Ref<GstElement> sink_;
    GstHarness* harness_ = nullptr;
    std::string sent_;
};

TEST_F(WavFileSink, TheFileIsTrueAfterEveryBuffer) {
    play();
    for (int i = 0; i < 5; ++i) {
        push(9600, 8);
        EXPECT_EQ(read("meeting/x.wav"), headerText({48000, 2}, sent_.size()) + sent_);
    }
    EXPECT_EQ(stat("samples"), sent_.size() / 4);
    EXPECT_EQ(stat("bytes"), sent_.size());
}

TEST_F(WavFileSink, WithoutAudioNothingIsLeftBehind) {
    play();
    EXPECT_TRUE(gst_harness_push_event(harness_, gst_event_new_eos()));
    stop();
    EXPECT_TRUE(fs::is_empty(root_));
    EXPECT_TRUE(messages().empty());
}

TEST_F(WavFileSink, TheEndIsToldBeforeEos) {
    play();
    push(9600);
    EXPECT_TRUE(gst_harness_push_event(harness_, gst_event_new_eos()));
    std::vector<std::string> names;
    while (const auto m = Ref<GstMessage>::adopt(gst_bus_pop(bus_.get()))) {
        if (GST_MESSAGE_TYPE(m.get()) == GST_MESSAGE_EOS) break;
        if (GST_MESSAGE_TYPE(m.get()) == GST_MESSAGE_ELEMENT)
            names.emplace_back(gst_structure_get_name(gst_message_get_structure(m.get())));
    }
    EXPECT_EQ(names, (std::vector<std::string>{n::msgPartOpened, n::msgPartClosed, n::msgFinished}));
}

TEST_F(WavFileSink, AStopWithoutEosEndsTheRecordingToo) {
    play();
    push(9600);
    messages();
    stop();
    EXPECT_EQ(read("meeting/x.wav"), headerText({48000, 2}, sent_.size()) + sent_);
}

TEST_F(WavFileSink, TheTimeOfTheFirstSampleIsInTheHeader) {
    constexpr std::int64_t utc = 1'795'300'801'500'000'000; // 2026-11-21T22:40:01.5Z
    play();
    push(9600, 1, utc);
    const std::string bytes = read("meeting/x.wav");
    EXPECT_EQ(bytes, headerText({48000, 2}, sent_.size(), utc) + sent_);
    EXPECT_NE(bytes.find("2026-11-2122:40:01"), std::string::npos);
}

TEST_F(WavFileSink, NeverOverwritesAFile) {
    fs::create_directories(root_ / "meeting");
    std::ofstream(path("meeting/x.wav")) << "kept";
    fs::create_symlink(root_ / "elsewhere", root_ / "meeting/x-2.wav");
    play();
    push(9600);
    EXPECT_EQ(read("meeting/x.wav"), "kept");
    EXPECT_FALSE(fs::exists(root_ / "elsewhere"));
    EXPECT_EQ(read("meeting/x-3.wav"), headerText({48000, 2}, sent_.size()) + sent_);
}

TEST_F(WavFileSink, OtherCapsBeginAPart) {
    play();
    push(9600);
    const std::string first = sent_;
    gst_harness_set_src_caps_str(harness_, monoCaps);
    push(960);
    EXPECT_EQ(read("meeting/x.wav"), headerText({48000, 2}, first.size()) + first);
    EXPECT_EQ(read("meeting/x-part2.wav"), headerText({48000, 1}, 960) + sent_.substr(first.size()));
}

TEST_F(WavFileSink, TheFormatEventCorrectsTheHeaderInPlace) {
    play(monoCaps);
    push(9600);
    GstStructure* fields = gst_structure_new(names::wsaudiosrc::formatEvent, "rate", G_TYPE_INT, 48000,
                                             "channels", G_TYPE_INT, 2, nullptr);
    gst_harness_push_event(harness_, gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, fields));
    EXPECT_EQ(read("meeting/x.wav"), headerText({48000, 2}, 9600) + sent_);
    gst_harness_set_src_caps_str(harness_, stereoCaps);
    push(9600);
    EXPECT_EQ(read("meeting/x.wav"), headerText({48000, 2}, sent_.size()) + sent_);
    EXPECT_FALSE(fs::exists(path("meeting/x-part2.wav")));
}

TEST_F(WavFileSink, ADirectoryThatCannotBePausesTheRecordingNotTheStream) {
    std::ofstream(path("meeting")) << "a file where the directory should be";
    play();
    push(9600);
    push(9600);
    EXPECT_EQ(messages(), std::vector<std::string>{n::msgPaused});
    EXPECT_EQ(stat("skipped"), sent_.size() / 4);
}

TEST_F(WavFileSink, AFileUnderWayIsLockedAndAFinishedOneIsNot) {
    play();
    push(9600);
    const int fd = ::open(path("meeting/x.wav").c_str(), O_RDONLY | O_CLOEXEC);
    ASSERT_GE(fd, 0);
    EXPECT_NE(::flock(fd, LOCK_EX | LOCK_NB), 0);
    stop();
    EXPECT_EQ(::flock(fd, LOCK_EX | LOCK_NB), 0);
    ::close(fd);
}

TEST_F(WavFileSink, WithoutALocationItDoesNotStart) {
    sink_ = Ref<GstElement>::sink(gst_element_factory_make(n::factory, nullptr));
    EXPECT_EQ(gst_element_set_state(sink_.get(), GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
    gst_element_set_state(sink_.get(), GST_STATE_NULL);
}

TEST_F(WavFileSink, StartedAgainItRecordsIntoAnotherFile) {
    play();
    push(9600);
    stop();
    const std::string first = sent_;
    sent_.clear();
    play();
    push(960);
    EXPECT_EQ(read("meeting/x.wav"), headerText({48000, 2}, first.size()) + first);
    EXPECT_EQ(read("meeting/x-2.wav"), headerText({48000, 2}, 960) + sent_);
}

} // namespace
