#include "tests/plugins/blockaggregator/aggregatorfixture.hpp"

#include <cstring>

namespace lm::test {

namespace n = names::blockaggregator;

Samples ramp(size_t count, size_t first) {
    Samples samples(count);
    for (size_t i = 0; i < count; ++i)
        samples[i] = static_cast<int16_t>(static_cast<uint16_t>(first + i));
    return samples;
}

Ref<GstBuffer> bufferOfBytes(const std::vector<uint8_t>& bytes, GstClockTime pts) {
    auto buffer = Ref<GstBuffer>::adopt(gst_buffer_new_memdup(bytes.data(), bytes.size()));
    GST_BUFFER_PTS(buffer.get()) = pts;
    return buffer;
}

Ref<GstBuffer> bufferOf(const Samples& samples, GstClockTime pts) {
    auto buffer = Ref<GstBuffer>::adopt(gst_buffer_new_memdup(samples.data(), samples.size() * 2));
    GST_BUFFER_PTS(buffer.get()) = pts;
    return buffer;
}

Samples samplesIn(GstBuffer* buffer) {
    Samples samples(gst_buffer_get_size(buffer) / 2);
    gst_buffer_extract(buffer, 0, samples.data(), samples.size() * 2);
    return samples;
}

void setUtc(GstBuffer* buffer, guint64 utc) {
    GstCaps* caps = gst_caps_new_empty_simple(names::utcCaps);
    gst_buffer_add_reference_timestamp_meta(buffer, caps, utc, GST_CLOCK_TIME_NONE);
    gst_caps_unref(caps);
}

guint64 utcOf(GstBuffer* buffer) {
    GstCaps* caps = gst_caps_new_empty_simple(names::utcCaps);
    const auto* meta = gst_buffer_get_reference_timestamp_meta(buffer, caps);
    gst_caps_unref(caps);
    return meta ? meta->timestamp : 0;
}

guint64 Fields::number(const char* name) const {
    guint64 value = 0;
    EXPECT_TRUE(gst_structure_get_uint64(fields_.get(), name, &value)) << name;
    return value;
}

gint64 Fields::signedNumber(const char* name) const {
    gint64 value = 0;
    EXPECT_TRUE(gst_structure_get_int64(fields_.get(), name, &value)) << name;
    return value;
}

int Fields::integer(const char* name) const {
    int value = 0;
    EXPECT_TRUE(gst_structure_get_int(fields_.get(), name, &value)) << name;
    return value;
}

double Fields::real(const char* name) const {
    double value = 0;
    EXPECT_TRUE(gst_structure_get_double(fields_.get(), name, &value)) << name;
    return value;
}

std::string Fields::text(const char* name) const {
    const char* value = gst_structure_get_string(fields_.get(), name);
    EXPECT_TRUE(value) << name;
    return value ? value : "";
}

Aggregator::Aggregator(double groupSeconds, std::function<void(GstElement*)> prepare)
    : bus_(Ref<GstBus>::adopt(gst_bus_new())) {
    GST_ELEMENT_REGISTER(blockaggregator, nullptr);
    GstElement* element = gst_element_factory_make(n::factory, nullptr);
    g_object_set(element, n::groupSeconds, groupSeconds, nullptr);
    if (prepare) prepare(element);
    gst_element_set_bus(element, bus_.get());
    harness_ = gst_harness_new_with_element(element, "sink", "src");
    gst_object_unref(element);
    const auto pad = Ref<GstPad>::adopt(gst_element_get_static_pad(element, "src"));
    gst_pad_add_probe(
        pad.get(), GST_PAD_PROBE_TYPE_BUFFER,
        [](GstPad*, GstPadProbeInfo*, gpointer pushed) {
            static_cast<std::atomic<unsigned>*>(pushed)->fetch_add(1, std::memory_order_release);
            return GST_PAD_PROBE_OK;
        },
        &pushed_, nullptr);
    gst_harness_use_testclock(harness_);
    setCaps(1000, 1);
}

Aggregator::~Aggregator() {
    gst_element_set_bus(element(), nullptr);
    gst_harness_teardown(harness_);
}

void Aggregator::setCaps(int rate, int channels) {
    gst_harness_set_src_caps(harness_,
                             gst_caps_new_simple("audio/x-raw", "format", G_TYPE_STRING, "S16LE", "layout",
                                                 G_TYPE_STRING, "interleaved", "rate", G_TYPE_INT, rate,
                                                 "channels", G_TYPE_INT, channels, nullptr));
}

Blocks Aggregator::pullAll() {
    Blocks blocks;
    while (const auto buffer = tryPull())
        blocks.push_back(samplesIn(buffer.get()));
    return blocks;
}

std::vector<Fields> Aggregator::messages(const char* name) {
    while (auto message = Ref<GstMessage>::adopt(gst_bus_pop(bus_.get())))
        posted_.push_back(std::move(message));
    std::vector<Fields> found;
    std::erase_if(posted_, [&](const Ref<GstMessage>& message) {
        if (!gst_message_has_name(message.get(), name)) return false;
        found.emplace_back(gst_message_get_structure(message.get()));
        return true;
    });
    return found;
}

Fields Aggregator::stats() const {
    GstStructure* stats = nullptr;
    g_object_get(element(), n::stats, &stats, nullptr);
    Fields fields(stats);
    gst_structure_free(stats);
    return fields;
}

} // namespace lm::test
