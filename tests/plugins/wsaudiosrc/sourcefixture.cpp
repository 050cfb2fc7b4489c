#include "tests/plugins/wsaudiosrc/sourcefixture.hpp"

#include <random>

namespace lm::test {

std::string bufferContent(GstBuffer* buffer) {
    MappedBuffer map(buffer, GST_MAP_READ);
    return {reinterpret_cast<const char*>(map.data()), map.size()};
}

std::string noise(std::size_t bytes, unsigned seed) {
    std::mt19937 random(seed);
    std::string out(bytes, '\0');
    for (auto& c : out)
        c = static_cast<char>(random());
    return out;
}

void Source::SetUp() {
    GST_ELEMENT_REGISTER(wsaudiosrc, nullptr);
    harness = gst_harness_new("wsaudiosrc");
    bus = Ref<GstBus>::adopt(gst_bus_new());
    gst_element_set_bus(harness->element, bus.get());
    g_object_set(harness->element, "port", 0u, "context-wait", 2u, nullptr);
    const auto pad = Ref<GstPad>::adopt(gst_element_get_static_pad(harness->element, "src"));
    gst_pad_add_probe(
        pad.get(), GST_PAD_PROBE_TYPE_BUFFER,
        [](GstPad*, GstPadProbeInfo*, gpointer pushed) {
            static_cast<std::atomic<unsigned>*>(pushed)->fetch_add(1, std::memory_order_release);
            return GST_PAD_PROBE_OK;
        },
        &pushed_, nullptr);
}

void Source::TearDown() {
    gst_harness_teardown(harness);
}

void Source::play() {
    gst_harness_play(harness);
    ASSERT_NE(port(), 0);
}

std::uint16_t Source::port() const {
    guint port = 0;
    g_object_get(harness->element, "port", &port, nullptr);
    return static_cast<std::uint16_t>(port);
}

Ref<GstBuffer> Source::pull() {
    auto buffer = Ref<GstBuffer>::adopt(gst_harness_pull(harness));
    (void)pushed_.load(std::memory_order_acquire);
    return buffer;
}

Source::Output Source::pullToEos() {
    Output output;
    while (true) {
        const auto event = Ref<GstEvent>::adopt(gst_harness_pull_event(harness));
        if (!event) {
            ADD_FAILURE() << "no EOS came";
            break;
        }
        output.events.emplace_back(GST_EVENT_TYPE_NAME(event.get()));
        if (GST_EVENT_TYPE(event.get()) == GST_EVENT_CAPS) {
            GstCaps* caps = nullptr;
            gst_event_parse_caps(event.get(), &caps);
            output.caps = Owned<char>(gst_caps_to_string(caps)).get();
        }
        if (GST_EVENT_TYPE(event.get()) == GST_EVENT_EOS) break;
    }
    (void)pushed_.load(std::memory_order_acquire);
    while (auto buffer = Ref<GstBuffer>::adopt(gst_harness_try_pull(harness))) {
        output.audio += bufferContent(buffer.get());
        output.buffers.push_back(std::move(buffer));
    }
    return output;
}

Ref<GstMessage> Source::message(const char* name) {
    while (auto found = Ref<GstMessage>::adopt(gst_bus_timed_pop(bus.get(), 20 * GST_SECOND)))
        if (gst_message_has_name(found.get(), name)) return found;
    ADD_FAILURE() << "no message " << name;
    return nullptr;
}

guint64 Source::number(const Ref<GstMessage>& message, const char* field) {
    guint64 value = 0;
    if (!message || !gst_structure_get_uint64(gst_message_get_structure(message.get()), field, &value))
        ADD_FAILURE() << "no field " << field;
    return value;
}

guint64 Source::stat(const char* name) const {
    GstStructure* stats = nullptr;
    g_object_get(harness->element, "stats", &stats, nullptr);
    const Owned<GstStructure> owned(stats);
    guint64 value = 0;
    EXPECT_TRUE(gst_structure_get_uint64(stats, name, &value)) << name;
    return value;
}

} // namespace lm::test
