#include "tests/plugins/imentivsink/sinkrig.hpp"

#include "plugins/imentivsink/gstimentivsink.h"

#include <algorithm>
#include <chrono>

namespace lm::test {

Ref<GstElement> makeSink(const std::string& endpoint) {
    static const bool registered = GST_ELEMENT_REGISTER(imentivsink, nullptr);
    g_assert(registered);
    auto sink = Ref<GstElement>::sink(gst_element_factory_make("imentivsink", nullptr));
    if (!endpoint.empty()) g_object_set(sink.get(), "endpoint", endpoint.c_str(), nullptr);
    return sink;
}

std::string pattern(unsigned block, std::size_t frames) {
    std::string bytes(frames * 4, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<char>((i * 31 + i / 251 + block * 97) & 0xff);
    return bytes;
}

GstBuffer* bufferOf(const std::string& bytes) {
    return gst_buffer_new_memdup(bytes.data(), bytes.size());
}

SinkRig::SinkRig(const std::string& endpoint, const Setup& setup)
    : sink_(makeSink(endpoint)), bus_(Ref<GstBus>::adopt(gst_bus_new())) {
    if (setup) setup(sink_.get());
    gst_element_set_bus(sink_.get(), bus_.get());
    harness_ = gst_harness_new_with_element(sink_.get(), "sink", nullptr);
    gst_harness_set_src_caps_str(harness_, kCaps);
}

SinkRig::~SinkRig() {
    gst_harness_teardown(harness_);
    gst_element_set_bus(sink_.get(), nullptr);
}

GstFlowReturn SinkRig::push(const std::string& bytes) {
    return gst_harness_push(harness_, bufferOf(bytes));
}

void SinkRig::pushBlocks(unsigned count, unsigned first) {
    for (unsigned i = 0; i < count; ++i)
        g_assert_cmpint(push(pattern(first + i)), ==, GST_FLOW_OK);
}

bool SinkRig::sendEos(guint32 seqnum) {
    GstEvent* event = gst_event_new_eos();
    if (seqnum) gst_event_set_seqnum(event, seqnum);
    return gst_harness_push_event(harness_, event);
}

std::string nameOf(GstMessage* message) {
    switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ELEMENT:
        return gst_structure_get_name(gst_message_get_structure(message));
    case GST_MESSAGE_EOS:
        return "eos";
    case GST_MESSAGE_ERROR:
        return "error";
    default:
        return {};
    }
}

void SinkRig::record(GstMessage* message) {
    if (nameOf(message).empty()) return;
    seen_.push_back(nameOf(message));
    if (const GstStructure* structure = gst_message_get_structure(message)) {
        const Owned<char> all(gst_structure_to_string(structure));
        posted_ += all.get();
    }
}

std::vector<Ref<GstMessage>> SinkRig::expect(const std::string& name, std::size_t count) {
    std::vector<Ref<GstMessage>> found;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (found.size() < count && std::chrono::steady_clock::now() < deadline) {
        auto message = Ref<GstMessage>::adopt(gst_bus_timed_pop(bus_.get(), GST_SECOND));
        if (!message) continue;
        record(message.get());
        if (nameOf(message.get()) == name) found.push_back(std::move(message));
    }
    return found;
}

std::vector<std::string> SinkRig::seen() {
    while (const auto message = Ref<GstMessage>::adopt(gst_bus_pop(bus_.get())))
        record(message.get());
    return seen_;
}

std::size_t SinkRig::countSeen(const std::string& name) {
    const auto all = seen();
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), name));
}

std::string SinkRig::everythingPosted() {
    seen();
    return posted_;
}

guint64 SinkRig::stat(const char* name) const {
    GstStructure* raw = nullptr;
    g_object_get(sink_.get(), "stats", &raw, nullptr);
    const Owned<GstStructure> stats(raw);
    guint64 wide = 0;
    guint narrow = 0;
    if (gst_structure_get_uint64(stats.get(), name, &wide)) return wide;
    g_assert(gst_structure_get_uint(stats.get(), name, &narrow));
    return narrow;
}

guint64 number(const Ref<GstMessage>& message, const char* field) {
    const GstStructure* structure = gst_message_get_structure(message.get());
    guint64 wide = 0;
    guint narrow = 0;
    if (gst_structure_get_uint64(structure, field, &wide)) return wide;
    g_assert(gst_structure_get_uint(structure, field, &narrow));
    return narrow;
}

bool flag(const Ref<GstMessage>& message, const char* field) {
    gboolean value = FALSE;
    g_assert(gst_structure_get_boolean(gst_message_get_structure(message.get()), field, &value));
    return value;
}

std::string text(const Ref<GstMessage>& message, const char* field) {
    const char* value = gst_structure_get_string(gst_message_get_structure(message.get()), field);
    return value ? value : "";
}

} // namespace lm::test
